"""``enrich init``: the files a person edits, and Dagster's home."""

import textwrap
from pathlib import Path

import click
from pydantic import BaseModel

from enrichment_assets.cli.common_options import answers
from enrichment_assets.cli.echo import say, tell
from enrichment_assets.cli.opening import usable_settings

NEEDED = ("openrouter_api_key", "spider_api_key", "serper_api_key", "clay_webhook_url", "clay_webhook_token")
"""What nearly every run needs comes first."""
SECTIONS = {
    "openrouter": "The LLM that judges companies",
    "spider": "Home pages and careers pages",
    "serper": "News and LinkedIn search",
    "clay": "Where payloads are pushed",
    "webhook": "Limits of that destination",
    "dns": "DNS",
    "firecrawl": "Home pages and careers pages, by Firecrawl",
    "brave": "News and LinkedIn search, by Brave",
    "web": "Direct fetches",
    "retry": "Retries of everything but the webhook",
    "circuit": "Providers that are down",
    "greenhouse": "Job boards",
    "dagster": "State",
    "enrichment": "Runs",
}
"""A heading where the first word of a setting's name changes to one of these."""


def env_example() -> str:
    """``.env.example``: every setting with its meaning and default, those that a run needs first.

    All are commented out: an empty value in ``.env`` would hide a key of the environment from Dagster's own commands.
    """
    lines = [
        "# Copy to .env (or run `enrich init`); uncomment and fill in what your run needs. Without any of it,",
        "# `enrich run --sandbox` works. To `enrich` the environment wins over this file; to Dagster's own commands",
        "# (`dagster dev`, `dagster asset materialize`) this file wins over the environment.",
        "",
        "# Dagster reads these two before it starts; `dagster dev` in this folder then shares its state.",
        "DAGSTER_HOME=${PWD}/.state",
        "DAGSTER_EVENT_BATCH_SIZE=200",
    ]
    for heading, rows in setting_sections():
        lines += ["", f"## {heading}"]
        for name, default, meaning in rows:
            if meaning:
                lines += textwrap.wrap(meaning, 116, initial_indent="# ", subsequent_indent="# ")
            lines.append(f"# {name}={default}")
    return "\n".join(lines) + "\n"


def setting_sections() -> list[tuple[str, list[tuple[str, str, str]]]]:
    """Name, default and meaning of every setting but DAGSTER_HOME, under headings."""
    from enrichment_assets.core.settings import Settings  # noqa: PLC0415 - `enrich --help` stays quick

    fields = Settings.model_fields
    heading = "What a run needs"
    sections: list[tuple[str, list[tuple[str, str, str]]]] = [(heading, [])]
    for name in (*NEEDED, *(name for name in fields if name not in (*NEEDED, "dagster_home"))):
        if name not in NEEDED and SECTIONS.get(name.partition("_")[0], heading) != heading:
            heading = SECTIONS[name.partition("_")[0]]
            sections.append((heading, []))
        default = fields[name].get_default(call_default_factory=True)
        sections[-1][1].append((name.upper(), _shown(default), fields[name].description or ""))
    return sections


def _shown(default: object) -> str:
    if default is None:
        return ""
    if isinstance(default, tuple):
        return ",".join(default)
    return str(default).lower() if isinstance(default, bool) else str(default)


class Initialised(BaseModel):
    """The files written, those that were there, and Dagster's home."""

    wrote: list[Path]
    left_alone: list[Path]
    dagster_home: Path


@click.command()
@answers(Initialised)
def init() -> None:
    """Write .env, icp.yaml and Dagster's home into the current directory. Files that exist are left alone."""
    from enrichment_assets.artifacts.icp.profile import write_default  # noqa: PLC0415
    from enrichment_assets.cache.instance import ensure_home  # noqa: PLC0415
    from enrichment_assets.core.sides import keep_apart  # noqa: PLC0415

    env, wrote, left_alone = Path(".env"), list[Path](), list[Path]()
    (left_alone if env.exists() else wrote).append(env)
    if env.exists():
        say(".env exists: left alone")
    else:
        env.write_text(env_example(), encoding="utf-8")
        env.chmod(0o600)
        say("wrote .env: uncomment the keys at its top and fill them in")
    settings = usable_settings()
    profile = settings.enrichment_icp_profile
    (left_alone if profile.exists() else wrote).append(profile)
    if profile.exists():
        say(f"{profile} exists: left alone")
    else:
        write_default(profile)
        say(f"wrote {profile}: describe your ideal customer there")
    keep_apart(settings)
    ensure_home(settings.dagster_home)
    say(f"Dagster's home is {settings.dagster_home}")
    tell(Initialised(wrote=wrote, left_alone=left_alone, dagster_home=settings.dagster_home))
    say("Next: enrich run --file YOUR.csv --sample 5 --dry-run")
