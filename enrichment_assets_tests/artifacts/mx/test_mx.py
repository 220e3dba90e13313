import csv
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from enrichment_assets.artifacts.mx.artifact import Mx, mx_from
from enrichment_assets.artifacts.mx.declaration import MX
from enrichment_assets.artifacts.mx.exchanges import is_usable_exchange
from enrichment_assets.artifacts.mx.mail_providers import mail_provider
from enrichment_assets.core.errors import TransientError
from enrichment_assets.providers.dns import MxAnswer
from enrichment_assets.sandbox.process import Sandbox
from enrichment_assets_tests.artifacts.producing import bench

HOSTS = st.from_regex(r"[a-z]{1,8}(\.[a-z]{1,8}){0,3}", fullmatch=True)


def answer(*hosts: str) -> MxAnswer:
    return MxAnswer("mx", tuple((10 * (at + 1), host) for at, host in enumerate(hosts)))


def mx_of(*hosts: str) -> Mx:
    return mx_from("acme.com", answer(*hosts), {})


@pytest.mark.parametrize(
    ("host", "mailbox", "gateway"),
    [
        ("aspmx.l.google.com", "Google Workspace", None),
        ("SMTP.GOOGLE.COM", "Google Workspace", None),
        ("acme-com.mail.protection.outlook.com", "Microsoft 365", None),
        ("acme-com.q-v1.mx.microsoft", "Microsoft 365", None),
        ("mx.zoho.eu", "Zoho Mail", None),
        ("mxa-00320f01.gslb.pphosted.com", None, "Proofpoint"),
        ("us-smtp-inbound-1.mimecast.com", None, "Mimecast"),
        ("route1.mx.cloudflare.net", "Cloudflare Email Routing", None),
    ],
)
def test_the_provider_is_named_from_the_exchange(host: str, mailbox: str | None, gateway: str | None) -> None:
    mx = mx_of(host)
    assert (mx.mailbox_provider, mx.security_gateway) == (mailbox, gateway)
    assert mx.accepts_mail


def test_suffixes_match_whole_labels_only() -> None:
    assert mail_provider("mx.notgoogle.com") is None
    assert mail_provider("google.com.evil.org") is None
    assert mx_of("mx.evilgoogle.com").mailbox_provider == "evilgoogle.com"


def test_a_gateway_before_a_known_mailbox_names_both() -> None:
    mx = mx_of("us-smtp-inbound-1.mimecast.com", "acme-com.mail.protection.outlook.com")
    assert (mx.mailbox_provider, mx.security_gateway) == ("Microsoft 365", "Mimecast")


def test_its_own_exchange_is_self_hosted_and_an_unknown_one_is_named_by_its_domain() -> None:
    assert mx_of("mail.acme.com").provider_basis == "self_hosted"
    other = mx_of("mx1.smallhost.ch")
    assert (other.mailbox_provider, other.provider_basis) == ("smallhost.ch", "exchange_domain")


@pytest.mark.parametrize(
    "hosts", [("localhost",), ("127.0.0.1",), ("10.0.0.1", "::1"), (".",), ("mail",), ("x.invalid",)]
)
def test_exchanges_that_lead_nowhere_reject_mail(hosts: tuple[str, ...]) -> None:
    mx = mx_of(*hosts)
    assert not mx.accepts_mail
    assert mx.kind == "no_mail"
    assert hosts[0] in mx.reason


def test_one_usable_exchange_among_broken_ones_is_enough() -> None:
    assert mx_of("localhost", ".", "mx.acme.com").accepts_mail


def test_free_and_disposable_mail_are_named_as_such() -> None:
    assert mx_from("tuta.com", answer("mail.tutanota.de"), {}).domain_kind == "free_mail"
    assert mx_from("mailinator.com", answer("mail.mailinator.com"), {}).domain_kind == "disposable"
    assert mx_of("mx.acme.com").domain_kind == "company"


@given(st.lists(st.tuples(st.integers(0, 65535), st.one_of(HOSTS, st.text(max_size=20))), max_size=6))
def test_any_exchange_set_gives_a_value_and_accepts_only_with_a_usable_exchange(pairs: list[tuple[int, str]]) -> None:
    mx = mx_from("acme.com", MxAnswer("mx", tuple(pairs)), {})
    assert mx.accepts_mail == any(is_usable_exchange(host) for _, host in pairs)
    assert [exchange.preference for exchange in mx.exchanges] == sorted(preference for preference, _ in pairs)


@pytest.mark.parametrize(
    ("served", "kind", "answered"),
    [
        ([[10, "mx.acme.com"]], "mx", "accepts"),
        ("null_mx", "null_mx", "rejects"),
        ("implicit_mx", "implicit_mx", "accepts"),
        ("nodata", "no_mail", "rejects"),
        ("nxdomain", "nxdomain", "rejects"),
        ([[10, "localhost"]], "no_mail", "rejects"),
    ],
)
async def test_every_answer_of_dns_has_its_class(sandbox: Sandbox, served: object, kind: str, answered: str) -> None:
    sandbox.mx({"acme.com": served})
    async with bench(sandbox.settings()) as desk:
        mx = await desk.produce(MX, "acme.com")
    assert mx.kind == kind
    assert MX.summary(mx) == answered


@pytest.mark.parametrize("trouble", ["servfail", "refused", "silence"])
async def test_when_dns_cannot_say_there_is_no_value(sandbox: Sandbox, trouble: str) -> None:
    sandbox.mx({"acme.com": trouble})
    async with bench(sandbox.settings(dns_timeout_s=0.5)) as desk:
        with pytest.raises(TransientError):
            await desk.produce(MX, "acme.com")


def real_answers(folder: Path) -> dict[str, list[tuple[int, str]]]:
    found: dict[str, list[tuple[int, str]]] = {}
    with (folder / "corporate_domains_mx.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            pairs = [pair.split(", ", 1) for pair in row["mx"].split("|") if pair]
            found[row["domain"]] = [(int(preference), host) for preference, host in pairs]
    with (folder / "municipalities_mx.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            found.setdefault(row["domain"], [(10, host) for host in row["mx_hosts"].split("|") if host])
    return found


def listed_suffixes(folder: Path) -> dict[str, bool]:
    """Suffix to whether the lists know whose it is."""
    with (folder / "observed_mx_suffixes.csv").open(encoding="utf-8", newline="") as file:
        listed = {row["mx_base_domain"]: bool(row["provider_name"]) for row in csv.DictReader(file)}
    with (folder / "email_provider_base_domains.csv").open(encoding="utf-8", newline="") as file:
        return listed | {row["base_domain"]: True for row in csv.DictReader(file)}


async def test_all_real_answers_served_by_dns_give_the_right_class_and_provider(
    sandbox: Sandbox, shared_data: Path
) -> None:
    real, listed = real_answers(shared_data / "mx"), listed_suffixes(shared_data / "mx")
    sandbox.mx({domain: [list(pair) for pair in pairs] or "nodata" for domain, pairs in real.items()})
    sandbox.mx({"cardinalhealth.br": "nxdomain"})
    with_suffix = known = 0
    async with bench(sandbox.settings(dns_requests_per_s=20_000)) as desk:
        for domain, pairs in real.items():
            if domain == "ctbinc.com":  # a timeout in reality: what it would answer is not known
                continue
            mx = await desk.produce(MX, domain)
            expected = "mx" if pairs else "nxdomain" if domain == "cardinalhealth.br" else "no_mail"
            if [host for _, host in pairs] == ["."]:
                expected = "null_mx"
            assert mx.kind == expected, (domain, pairs)
            assert {e.host for e in mx.exchanges} == {host.lower() for _, host in pairs}, domain
            tails = {".".join(host.lower().split(".")[at:]) for _, host in pairs for at in range(host.count(".") + 1)}
            if any(listed.get(tail) for tail in tails):
                with_suffix += 1
                known += mx.security_gateway is not None or mx.provider_basis == "known"
    assert with_suffix > 1_000
    assert known / with_suffix >= 0.99
