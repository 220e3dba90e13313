"""Nobody but the operator controls ``enrich ui``, not even a page of another site in the same browser."""

import functools
import inspect
import json
import os
import socket
import threading
from collections.abc import Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from enrichment_assets.cli.serving import webserver
from enrichment_assets.cli.serving.guard import own_hosts, refusal
from enrichment_assets_tests.cli.ui.browsing import Browser, browser
from enrichment_assets_tests.cli.ui.serving import LAUNCH, Served, launch_params, serving, until

pytestmark = pytest.mark.timeout(600)

LAUNCHES = {"query": LAUNCH, "variables": json.dumps(launch_params("stripe.com"))}
READS = {"query": "{ version }"}
AS_JSON = {"content-type": "application/json"}
EVIL = "http://evil.example"


@pytest.fixture(scope="module")
def ui(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("ui")
    environment = {name: os.environ[name] for name in ("PATH", "HOME", "PYTHONPATH") if name in os.environ}
    environment["ENRICHMENT_UI_HOSTS"] = "enrich.example.com"
    with serving(folder, environment, "enrichment_assets", "ui", "--sandbox") as ui:
        yield ui


@pytest.fixture
def client(ui: Served) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=ui.url, timeout=60) as client:
        yield client
        assert client.post("/graphql", json=READS).status_code == 200


BODY = json.dumps({"query": LAUNCH, "variables": launch_params("stripe.com")}).encode()


@pytest.mark.parametrize(
    ("method", "path", "options", "status"),
    [
        # other names that lead here
        ("GET", "/", {"headers": {"host": "evil.example"}}, 403),
        ("GET", "/", {"headers": {"host": "evil.example:{port}"}}, 403),
        ("GET", "/", {"headers": {"host": "127.0.0.1"}}, 403),
        ("GET", "/", {"headers": {"host": "127.0.0.1:1"}}, 403),
        ("GET", "/", {"headers": {"host": "127.0.0.1:{port}.evil.example"}}, 403),
        ("GET", "/", {"headers": {"host": "evil.example@127.0.0.1:{port}"}}, 403),
        ("GET", "/", {"headers": {"host": ""}}, 403),
        ("POST", "/graphql", {"content": BODY, "headers": {**AS_JSON, "host": "evil.example"}}, 403),
        ("GET", "/", {"headers": {"host": "evil.example", "x-forwarded-host": "127.0.0.1:{port}"}}, 403),
        # pages of other sites
        ("POST", "/graphql", {"content": BODY, "headers": {**AS_JSON, "origin": EVIL}}, 403),
        ("POST", "/graphql", {"content": BODY, "headers": {**AS_JSON, "origin": "null"}}, 403),
        ("GET", "/", {"headers": [("origin", "http://127.0.0.1:{port}"), ("origin", EVIL)]}, 400),
        ("POST", "/graphql", {"content": BODY, "headers": {**AS_JSON, "origin": "http://127.0.0.1:1"}}, 403),
        ("POST", "/graphql", {"content": BODY, "headers": {**AS_JSON, "origin": "http://localhost:{port}"}}, 403),
        ("POST", "/graphql", {"content": BODY, "headers": {**AS_JSON, "sec-fetch-site": "cross-site"}}, 403),
        ("POST", "/graphql", {"content": BODY, "headers": {**AS_JSON, "sec-fetch-site": "same-site"}}, 403),
        (
            "POST",
            "/graphql",
            {
                "content": BODY,
                "headers": {
                    **AS_JSON,
                    "sec-fetch-site": "cross-site",
                    "sec-fetch-mode": "navigate",
                    "sec-fetch-dest": "document",
                },
            },
            403,
        ),
        ("OPTIONS", "/graphql", {"headers": {"origin": EVIL, "access-control-request-method": "POST"}}, 403),
        (
            "GET",
            "/",
            {"headers": {"sec-fetch-site": "cross-site", "sec-fetch-dest": "iframe", "sec-fetch-mode": "navigate"}},
            403,
        ),
        ("GET", "/server_info", {"headers": {"origin": EVIL}}, 403),
        ("GET", "/server_info", {"headers": {"sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors"}}, 403),
        # without headers that say so: what any page can send
        ("GET", "/graphql", {"params": LAUNCHES}, 405),
        ("GET", "/graphql", {"params": READS}, 405),
        ("GET", "/graphql", {"params": {"id": "1", "extensions": '{"persistedQuery":{"sha256Hash":"1"}}'}}, 405),
        ("GET", "/%67raphql?query=%7Bversion%7D", {}, 405),
        ("GET", "/graphql%0A?query=%7Bversion%7D", {}, 405),
        ("GET", "/graphql?que%72y=%7Bversion%7D", {}, 405),
        ("GET", "/graphql?x=1&query=%7B&query=version%7D", {}, 405),
        ("GET", "/graphql", {"params": LAUNCHES, "headers": {"x-http-method-override": "POST"}}, 405),
        ("HEAD", "/graphql", {"params": LAUNCHES}, 405),
        ("PUT", "/graphql", {"content": BODY, "headers": AS_JSON}, 405),
        ("DELETE", "/graphql", {}, 405),
        ("POST", "/graphql", {"params": LAUNCHES}, 415),
        ("POST", "/graphql", {"params": LAUNCHES, "content": "x", "headers": {"content-type": "text/plain"}}, 415),
        ("POST", "/graphql", {"content": BODY, "headers": {"content-type": "text/plain"}}, 415),
        ("POST", "/graphql", {"content": BODY, "headers": {"content-type": "text/plain; application/json"}}, 415),
        ("POST", "/graphql", {"content": BODY, "headers": {"content-type": "text/plain;a=application/json"}}, 415),
        (
            "POST",
            "/graphql",
            {"content": BODY, "headers": [("content-type", "text/plain"), ("content-type", "application/json")]},
            400,
        ),
        ("POST", "/graphql", {"content": LAUNCH, "headers": {"content-type": "application/graphql"}}, 415),
        ("POST", "/graphql", {"data": LAUNCHES}, 415),
        ("POST", "/graphql", {"files": {"operations": (None, BODY)}}, 415),
        ("POST", "/report_asset_materialization/mx?partition=stripe.com", {}, 415),
    ],
)
def test_what_is_refused(ui: Served, client: httpx.Client, method: str, path: str, options: dict, status: int) -> None:
    given_headers = options.get("headers", {})
    pairs = given_headers.items() if isinstance(given_headers, dict) else given_headers
    headers = [(name, value.replace("{port}", str(ui.port))) for name, value in pairs]
    answer = client.request(method, path, **{**options, "headers": headers})
    assert answer.status_code == status, answer.text
    assert "version" not in answer.text
    assert ui.runs() == []


@pytest.mark.parametrize(
    ("path", "headers"),
    [
        ("/", {}),
        ("/", {"host": "localhost:{port}"}),
        ("/", {"host": "LOCALHOST:{port}"}),
        ("/", {"host": "enrich.example.com", "origin": "https://enrich.example.com"}),
        ("/server_info", {"sec-fetch-site": "same-origin", "sec-fetch-mode": "cors"}),
        ("/runs?q=1", {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate", "sec-fetch-dest": "document"}),
        ("/graphql", {"accept": "text/html", "sec-fetch-site": "none"}),
    ],
)
def test_what_passes(ui: Served, client: httpx.Client, path: str, headers: dict[str, str]) -> None:
    answer = client.get(path, headers={name: value.format(port=ui.port) for name, value in headers.items()})
    assert answer.status_code == 200
    assert answer.headers["x-frame-options"] == "DENY"


@pytest.mark.parametrize(
    ("headers", "accepted"),
    [
        ({}, True),
        ({"Origin": "http://127.0.0.1:{port}", "Sec-Fetch-Site": "same-origin"}, True),
        ({"Origin": EVIL}, False),
        ({"Origin": "http://127.0.0.1:1"}, False),
        ({"Origin": "null"}, False),
        ({"Sec-Fetch-Site": "cross-site"}, False),
        ({"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}, False),
    ],
)
def test_a_websocket_is_opened_for_the_ui_alone(ui: Served, headers: dict[str, str], accepted: bool) -> None:
    given_headers = {name: value.format(port=ui.port) for name, value in headers.items()}
    address = f"ws://127.0.0.1:{ui.port}/graphql"
    if not accepted:
        with pytest.raises(InvalidStatus, match="403"):
            connect(address, additional_headers=given_headers, proxy=None).close()
        return
    with connect(address, additional_headers=given_headers, subprotocols=["graphql-ws"], proxy=None) as opened:
        opened.send(json.dumps({"type": "connection_init"}))
        assert json.loads(opened.recv(timeout=30))["type"] == "connection_ack"


def test_a_websocket_under_another_name_is_refused(ui: Served) -> None:
    with socket.create_connection(("127.0.0.1", ui.port)) as here, pytest.raises(InvalidStatus, match="403"):
        connect(f"ws://rebound.example:{ui.port}/graphql", sock=here, proxy=None).close()


@given(st.text(alphabet="127.0:lochasetviwn[]@-_", max_size=30), st.sampled_from(["http", "websocket"]))
def test_no_other_name_is_answered(host: str, kind: str) -> None:
    own = own_hosts(3000)
    scope = {"type": kind, "method": "GET", "path": "/", "query_string": b"", "headers": [(b"host", host.encode())]}
    assert (refusal(scope, own) is None) == (host.lower() in own)


def test_dagsters_undocumented_parts_are_as_we_use_them() -> None:
    """An upgrade that changes them fails here, by name."""
    created = inspect.signature(webserver.create_app_from_workspace_process_context).parameters
    assert list(created)[:3] == ["workspace_process_context", "path_prefix", "live_data_poll_rate"]
    context = inspect.signature(webserver.WorkspaceProcessContext.__init__).parameters
    assert {"instance", "workspace_load_target", "version", "code_server_log_level"} <= set(context)
    assert set(webserver.ModuleTarget.__annotations__) == {
        "module_name",
        "attribute",
        "working_directory",
        "location_name",
    }


ATTACK = """(async (ui, query, variables, body) => {
  const get = `${ui}/graphql?query=${encodeURIComponent(query)}&variables=${encodeURIComponent(variables)}`;
  const said = {};
  const attempt = async (name, act) => { try { said[name] = await act(); } catch (error) { said[name] = "refused"; } };
  const send = (url, options) => async () => {
    const answer = await fetch(url, options);
    return answer.type === "opaque" ? "opaque" : answer.status;
  };
  await attempt("get", send(get, {mode: "no-cors"}));
  await attempt("read", send(`${ui}/server_info`, {}));
  await attempt("post", send(`${ui}/graphql`, {method: "POST", mode: "no-cors", body}));
  await attempt("json", send(`${ui}/graphql`, {method: "POST", headers: {"content-type": "application/json"}, body}));
  await attempt("beacon", async () => navigator.sendBeacon(`${ui}/graphql`, body));
  await attempt("image", () => new Promise((done) => {
    const image = new Image();
    image.onload = () => done("shown");
    image.onerror = () => done("refused");
    image.src = get;
  }));
  await attempt("websocket", () => new Promise((done) => {
    const socket = new WebSocket(`${ui.replace("http", "ws")}/graphql`, "graphql-ws");
    socket.onopen = () => done("open");
    socket.onerror = () => done("refused");
  }));
  const frame = document.createElement("iframe");
  frame.name = "frame";
  document.body.append(frame);
  const submit = (method, action, target) => new Promise((done) => {
    const form = document.createElement("form");
    Object.assign(form, {method, action, target, enctype: "text/plain"});
    for (const [name, value] of [["query", query], ["variables", variables]]) {
      const field = document.createElement("input");
      Object.assign(field, {type: "hidden", name, value});
      form.append(field);
    }
    document.body.append(form);
    frame.onload = () => done("sent");
    form.submit();
    setTimeout(() => done("sent"), 3000);
  });
  await attempt("form by get", () => submit("get", `${ui}/graphql`, "frame"));
  await attempt("form by post", () => submit("post", `${ui}/graphql`, "frame"));
  window.open(get);
  await new Promise((done) => setTimeout(done, 1000));
  return said;
})"""


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with browser(tmp_path_factory.mktemp("profile")) as page:
        yield page


@pytest.mark.parametrize("name", ["127.0.0.1", "localhost"])
def test_a_page_on_another_port_controls_and_reads_nothing(
    ui: Served, page: Browser, tmp_path: Path, name: str
) -> None:
    (tmp_path / "index.html").write_text("<!doctype html><body>a page</body>")
    handler = functools.partial(SimpleHTTPRequestHandler, directory=str(tmp_path))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as site:
        threading.Thread(target=site.serve_forever, daemon=True).start()
        page.open(f"http://{name}:{site.server_address[1]}/index.html")
        until(lambda: page.run("document.readyState") == "complete" and page.run("location.port"), "the page is there")
        assert int(page.run("location.port")) == site.server_address[1]
        arguments = ", ".join(map(json.dumps, (ui.url, LAUNCH, LAUNCHES["variables"], BODY.decode())))
        said = page.run(f"{ATTACK}({arguments})")
        site.shutdown()
    assert said["websocket"] == "refused"
    assert said["read"] == "refused"
    assert said["json"] == "refused"
    assert said["image"] == "refused"
    assert ui.runs() == []


def test_the_ui_itself_works_in_a_browser(ui: Served, page: Browser, tmp_path: Path) -> None:
    """It loads, launches a run, and follows its events, which it is told over the WebSocket."""
    page.open(f"{ui.url}/locations/enrichment_assets.definitions/jobs/enrich_list/playground")
    until(lambda: "enrich_list" in page.text(), "the launchpad is there")
    body = json.dumps(BODY.decode())
    launched = page.run(
        "fetch('/graphql', {method: 'POST', headers: {'content-type': 'application/json'}, "
        f"body: {body}}}).then((answer) => answer.json())"
    )
    run_id = launched["data"]["launchRun"]["run"]["runId"]
    page.events.clear()
    page.open(f"{ui.url}/runs/{run_id}")
    until(lambda: "RUN_SUCCESS" in page.text(), "the run's page shows how it ended")
    page.screenshot(tmp_path / "run.png")
    frames = [event for event in page.events if event["method"] == "Network.webSocketFrameReceived"]
    assert any("pipelineRunLogs" in event["params"]["response"]["payloadData"] for event in frames)
    assert ui.ended(run_id) == "SUCCESS"
