import asyncio
import csv
from pathlib import Path
from typing import Any

import pytest

from enrichment_assets.artifacts.mx.artifact import Mx, mx_from
from enrichment_assets.artifacts.mx.declaration import MX
from enrichment_assets.artifacts.mx.web_hosts import web_host
from enrichment_assets.core.errors import TransientError
from enrichment_assets.providers.dns import HostAnswer, MxAnswer
from enrichment_assets.sandbox.process import Sandbox
from enrichment_assets_tests.artifacts.producing import bench

PUBLIC = "93.184.215.15"
CASES = Path(__file__).parents[4] / "shared" / "cases" / "intake"
ZONE: dict[str, Any] = {
    "dangling-ms365.com": [[0, "dangling-ms365-com.mail.protection.outlook.com"]],
    "dangling-ms365-com.mail.protection.outlook.com": "nxdomain",
    "missing-dot.com": [[10, "aspmx.l.google.com.missing-dot.com"]],
    "aspmx.l.google.com.missing-dot.com": "nxdomain",
    "noaddr.com": [[10, "mail.noaddr.com"]],
    "mail.noaddr.com": "nodata",
    "mx-loop.com": [[10, "mail.mx-loop.com"]],
    "mail.mx-loop.com": {"a": ["127.0.0.1"]},
    "rel-ip-mx.com": [[10, "1.2.3.4.rel-ip-mx.com"]],
    "1.2.3.4.rel-ip-mx.com": "nxdomain",
    "implicit-zero.com": {"a": ["0.0.0.0"]},
    "acme.github.io": {"a": ["185.199.108.153"]},
    "formerr-edns.com": {"edns": "FORMERR", "mx": [[10, "mail.formerr-edns.com"]]},
}


async def mx_in(sandbox: Sandbox, zone: dict[str, Any], domain: str = "acme.com") -> Mx:
    await asyncio.to_thread(sandbox.mx, zone)
    async with bench(sandbox.settings(dns_timeout_s=0.5)) as desk:
        return await desk.produce(MX, domain)


@pytest.mark.skipif(not CASES.exists(), reason="needs ../shared/cases beside the checkout")
async def test_the_reported_list_is_judged_as_its_readme_says(sandbox: Sandbox) -> None:
    with (CASES / "m00_mx_list.csv").open(encoding="utf-8", newline="") as file:
        domains = [row["Website"] for row in csv.DictReader(file)]
    found = {domain: await mx_in(sandbox, ZONE, domain) for domain in domains}
    assert {domain for domain, mx in found.items() if mx.accepts_mail} == {"acme.github.io", "formerr-edns.com"}
    assert found["acme.github.io"].mailbox_provider is None
    assert found["formerr-edns.com"].kind == "mx"
    assert found["mx-loop.com"].reason.endswith("mail.mx-loop.com (leads to 127.0.0.1).")
    assert "does not exist" in found["missing-dot.com"].reason
    assert "has no address" in found["noaddr.com"].reason


@pytest.mark.parametrize(
    "at",
    ["nxdomain", "nodata", *({"a": [ip]} for ip in ("127.0.0.1", "10.1.2.3", "169.254.1.1", "0.0.0.0", "240.0.0.1")),
     {"aaaa": ["::1"]}, {"aaaa": ["fe80::1", "fd00::1"]}, {"a": ["192.168.0.1"], "aaaa": ["::ffff:10.0.0.1"]},
     {"cname": "gone.example.net"}],
)  # fmt: skip
async def test_an_exchange_that_leads_nowhere_takes_no_mail(sandbox: Sandbox, at: object) -> None:
    zone = {"acme.com": [[10, "mx.acme.com"]], "mx.acme.com": at, "gone.example.net": "nxdomain"}
    mx = await mx_in(sandbox, zone)
    assert (mx.accepts_mail, mx.kind) == (False, "no_mail")


@pytest.mark.parametrize(
    "at",
    [{"a": ["10.0.0.1", PUBLIC]}, {"aaaa": ["2a00:1450::1"]}, {"a": ["10.0.0.1"], "aaaa": ["2a00:1450::1"]},
     {"rcode": {"A": "NXDOMAIN"}, "aaaa": ["2a00:1450::1"]}, {"rcode": {"A": "SERVFAIL"}, "aaaa": ["2a00:1450::1"]}],
)  # fmt: skip
async def test_one_public_address_of_any_kind_is_enough(sandbox: Sandbox, at: object) -> None:
    assert (await mx_in(sandbox, {"acme.com": [[10, "mx.acme.com"]], "mx.acme.com": at})).accepts_mail


@pytest.mark.parametrize("trouble", ["servfail", "refused", "silence"])
async def test_an_exchange_that_dns_cannot_say_is_unknown_and_never_rejects(sandbox: Sandbox, trouble: str) -> None:
    zone = {"acme.com": [[10, "mx1.acme.com"], [20, "mx2.acme.com"]], "mx1.acme.com": trouble}
    assert (await mx_in(sandbox, zone)).accepts_mail
    with pytest.raises(TransientError):
        await mx_in(sandbox, {"mx2.acme.com": "nxdomain"})


async def test_a_name_exists_where_any_type_of_it_does(sandbox: Sandbox) -> None:
    mx = await mx_in(sandbox, {"acme.com": {"rcode": {"MX": "NXDOMAIN"}, "a": [PUBLIC]}})
    assert (mx.kind, mx.accepts_mail) == ("implicit_mx", True)
    mx = await mx_in(sandbox, {"acme.com": {"rcode": {"MX": "NXDOMAIN", "A": "NXDOMAIN"}}})
    assert mx.kind == "no_mail"
    assert (await mx_in(sandbox, {"acme.com": "nxdomain"})).kind == "nxdomain"


@pytest.mark.parametrize("rcode", ["FORMERR", "NOTIMP", "BADVERS"])
async def test_a_nameserver_without_edns_is_asked_once_more_without(sandbox: Sandbox, rcode: str) -> None:
    zone = {"acme.com": {"edns": rcode, "mx": [[10, "mx.acme.com"]]}, "mx.acme.com": {"edns": rcode, "a": [PUBLIC]}}
    assert (await mx_in(sandbox, zone)).accepts_mail
    assert sandbox.bill()["dns"]["calls"] == 4
    with pytest.raises(TransientError, match=rcode if rcode != "BADVERS" else "BADVERS|answers"):
        await mx_in(sandbox, {"other.com": {"rcode": rcode}}, "other.com")


async def test_the_first_exchange_answers_for_all_and_shared_ones_are_asked_once_a_run(sandbox: Sandbox) -> None:
    google = [[1, "aspmx.l.google.com"], [5, "alt1.aspmx.l.google.com"], [10, "alt3.aspmx.l.google.com"]]
    domains = [f"acme{number}.com" for number in range(10)]
    sandbox.mx(dict.fromkeys(domains, google))
    async with bench(sandbox.settings()) as desk:
        for domain in domains:
            assert (await desk.produce(MX, domain)).mailbox_provider == "Google Workspace"
    assert sandbox.bill()["dns"]["calls"] == len(domains) + 1


def named(*exchanges: tuple[int, str], **targets: str) -> tuple[str | None, str | None]:
    hosts = {
        host.replace("_", "."): HostAnswer(exists=True, addresses=(PUBLIC,), canonical=target)
        for host, target in targets.items()
    }
    mx = mx_from("acme.com", MxAnswer("mx", exchanges), hosts)
    return mx.mailbox_provider, mx.security_gateway


GOOGLE = "aspmx.l.google.com"
OUTLOOK = "acme-com.mail.protection.outlook.com"
MIMECAST = "eu-smtp-inbound-1.mimecast.com"


def test_a_backup_does_not_name_the_mailbox() -> None:
    assert named((10, "mail.acme.com"), (20, GOOGLE)) == ("self-hosted", None)
    assert named((10, "mx.smallhost.ch"), (50, OUTLOOK)) == ("smallhost.ch", None)
    assert named((0, OUTLOOK), (10, MIMECAST)) == ("Microsoft 365", None)
    assert named((10, MIMECAST), (20, OUTLOOK)) == ("Microsoft 365", "Mimecast")
    assert named((10, MIMECAST), (20, "mail.acme.com")) == (None, "Mimecast")
    assert named((10, "mail.acme.com"), (10, GOOGLE)) == ("Google Workspace", None)
    assert named((5, "localhost"), (10, GOOGLE)) == ("Google Workspace", None)


def test_an_exchange_that_is_dead_names_nobody() -> None:
    hosts = {OUTLOOK: HostAnswer(False, (), OUTLOOK), GOOGLE: HostAnswer(True, (PUBLIC,), GOOGLE)}
    mx = mx_from("acme.com", MxAnswer("mx", ((0, OUTLOOK), (10, GOOGLE))), hosts)
    assert mx.mailbox_provider == "Google Workspace"
    assert len(mx.exchanges) == 2


def test_an_alias_is_named_by_its_target() -> None:
    assert named((10, "mx.acme.com"), mx_acme_com=GOOGLE) == ("Google Workspace", None)
    assert named((10, "mx.acme.com"), mx_acme_com=MIMECAST) == (None, "Mimecast")
    assert named((10, "mx.acme.com"), mx_acme_com="in.smallhost.ch") == ("smallhost.ch", None)
    assert named((10, "mx.zoho.eu"), mx_zoho_eu="lb7.unlisted.net") == ("Zoho Mail", None)


async def test_an_alias_is_followed_through_dns(sandbox: Sandbox) -> None:
    zone = {"acme.com": [[10, "mx.acme.com"]], "mx.acme.com": {"cname": GOOGLE}, GOOGLE: {"a": [PUBLIC]}}
    assert (await mx_in(sandbox, zone)).mailbox_provider == "Google Workspace"


@pytest.mark.parametrize("host", ["ms12345678.msv1.invalid", "abc234.mx-verification.google.com"])
def test_an_exchange_that_proves_who_owns_the_domain_is_no_mail_host(host: str) -> None:
    alone = mx_from("acme.com", MxAnswer("mx", ((15, host),)), {})
    assert not alone.accepts_mail
    assert "only proves who owns the domain" in alone.reason
    beside = mx_from("acme.com", MxAnswer("mx", ((1, host), (10, "mail.acme.com"))), {})
    assert (beside.mailbox_provider, beside.accepts_mail) == ("self-hosted", True)
    assert "1 mail exchange" in beside.reason


@pytest.mark.parametrize("host", ["mail.h-email.net", "park-mx.above.com", "parkmail.dynadot.com"])
def test_a_parked_domain_says_so(host: str) -> None:
    mx = mx_from("acme.com", MxAnswer("mx", ((10, host),)), {})
    assert "acme.com is parked" in mx.reason
    assert mx.mailbox_provider == "Parked domain"


@pytest.mark.parametrize(
    ("domain", "address", "host"),
    [
        ("acme.github.io", PUBLIC, "github.io"),
        ("acme.com", "185.199.111.153", "GitHub Pages"),
        ("acme.com", "2606:4700::6810:1", "Cloudflare"),
        ("acme.vercel.app", "76.76.21.21", "Vercel"),
        ("acme.com", PUBLIC, None),
        ("acme.co.uk", PUBLIC, None),
    ],
)
def test_a_web_hosts_address_keeps_no_mailboxes(domain: str, address: str, host: str | None) -> None:
    assert web_host(domain, [address]) == host
    mx = mx_from(domain, MxAnswer("address_only", addresses=(address,)), {})
    assert mx.accepts_mail
    assert (mx.mailbox_provider == "self-hosted") == (host is None)
