"""An answer to any strict JSON schema, made from what was read in the prompt."""

import re
from collections.abc import Mapping
from typing import Any, Final

from enrichment_assets.sandbox.model.answering import answer, answers
from enrichment_assets.sandbox.model.judging import Finding, finding_named, judge
from enrichment_assets.sandbox.model.lexicon import terms
from enrichment_assets.sandbox.model.reading import JobLine, Reading, job_lines

Schema = Mapping[str, Any]
_QUOTES: Final = frozenset(("quote", "evidence", "citation", "snippet"))
_ANSWERED: Final = frozenset(("quote", "answer"))
_VERDICTS: Final = frozenset(("verdict", "decision", "fit"))
_PATTERNS: Final = {
    "industry": re.compile(r"working in ([\w -]+?)\."),
    "sells": re.compile(r"\b(?:is|are|as|the) (?:a|an|the)? ?([\w ,&/-]+?)(?= for | that | working |,|\.)"),
    "serves": re.compile(r"\bfor ([\w ,&/-]+?)(?: that|\.|:|,|$)"),
    "size_hint": re.compile(r"\b(\d[\d,.]* (?:people|employees|users))"),
}
_MAX_ITEMS: Final = 200


def fill(schema: Schema, reading: Reading) -> Any:
    """A document that is valid against the schema."""
    return _Filler(schema.get("$defs") or schema.get("definitions") or {}, reading).value(schema, "")


class _Filler:
    def __init__(self, definitions: Mapping[str, Any], reading: Reading) -> None:
        self.definitions = definitions
        self.reading = reading
        self.judgement = judge(reading)
        self.jobs = tuple(job_lines(reading.page))

    def value(self, schema: Schema, name: str) -> Any:  # noqa: PLR0911 - one return per case
        schema, nullable = self._plain(schema)
        if "const" in schema:
            return schema["const"]
        if "enum" in schema:
            return self._choice(schema["enum"], name, nullable=nullable)
        match schema.get("type", "object" if "properties" in schema else "string"):
            case "object" if schema.get("properties", {}).keys() == _ANSWERED:
                return answer(self.reading, name, self._answer(schema))
            case "object":
                return self._object(schema, {})
            case "array":
                return self._array(schema, name)
            case "null":
                return None
            case "boolean":
                return self._boolean(name, nullable=nullable)
            case "integer" | "number" as kind:
                number = self._number(schema, name, nullable=nullable)
                return number if number is None or kind == "number" else int(number)
            case _:
                text = self._text(schema, name)
                return text[: schema.get("maxLength", 2000)] if text is not None else None if nullable else ""

    def _plain(self, schema: Schema) -> tuple[Schema, bool]:
        """The schema without references, unions and null, and whether null is allowed."""
        nullable = False
        while True:
            if "$ref" in schema:
                schema = self.definitions[str(schema["$ref"]).rpartition("/")[2]]
            elif len(schema.get("allOf", ())) == 1:
                schema = schema["allOf"][0]
            elif options := schema.get("anyOf") or schema.get("oneOf"):
                nullable = nullable or any(option.get("type") == "null" for option in options)
                chosen = next((option for option in options if option.get("type") != "null"), {"type": "null"})
                schema = {**chosen, **({"description": schema["description"]} if "description" in schema else {})}
            elif isinstance(schema.get("type"), list):
                nullable = nullable or "null" in schema["type"]
                schema = {**schema, "type": next((kind for kind in schema["type"] if kind != "null"), "null")}
            else:
                return schema, nullable

    def _object(self, schema: Schema, known: Mapping[str, Any]) -> dict[str, Any]:
        properties: Mapping[str, Schema] = schema.get("properties", {})
        return {key: known[key] if key in known else self.value(inner, key) for key, inner in properties.items()}

    def _array(self, schema: Schema, name: str) -> list[Any]:
        items, _ = self._plain(schema.get("items", {"type": "string"}))
        properties = items.get("properties", {})
        most = int(schema.get("maxItems", _MAX_ITEMS))
        if properties.keys() == _ANSWERED:
            return answers(self.reading, name, self._answer(items))[:most]
        if "criterion" in properties or "criteria" in name or name == "findings":
            return self._findings(items)[:most]
        if "title" in properties or name in ("postings", "jobs", "openings"):
            return [self._posting(items, job) for job in self.jobs[:most]]
        least = int(schema.get("minItems", 0))
        if items.get("type") == "string" and "enum" not in items:
            return [sentence.text for sentence in self.reading.sentences[: max(1, least)]][:most]
        return [self.value(items, name) for _ in range(least)]

    def _answer(self, schema: Schema) -> Schema:
        return self._plain(schema["properties"]["answer"])[0]

    def _findings(self, items: Schema) -> list[Any]:
        findings = self.judgement.findings
        if items.get("type") == "string":
            return [finding.criterion.name for finding in findings]
        properties = items.get("properties", {})
        allowed = self._plain(properties.get("criterion", {}))[0].get("enum")
        if allowed:
            findings = tuple(finding_named(self.reading, str(name)) for name in allowed)
        return [self._object(items, self._found(properties, finding)) for finding in findings]

    def _found(self, properties: Mapping[str, Schema], finding: Finding) -> dict[str, Any]:
        known: dict[str, Any] = {"criterion": finding.criterion.name}
        for key, inner in properties.items():
            plain, nullable = self._plain(inner)
            if key in _QUOTES:
                known[key] = finding.quote if finding.quote is not None or nullable else ""
            elif key in ("met", "status", "answer"):
                options = plain.get("enum")
                known[key] = finding.met if not options or finding.met in options else options[-1]
                if plain.get("type") == "boolean":
                    known[key] = finding.met == "yes"
        return known

    def _posting(self, items: Schema, job: JobLine) -> Any:
        if items.get("type") == "string":
            return job.title
        said: dict[str, Any] = {
            "title": job.title,
            "url": job.url,
            "location": ", ".join(job.rest[1:] if len(job.rest) > 1 else job.rest) or None,
            "department": job.rest[0] if len(job.rest) > 1 else None,
            "remote": True if "remote" in job.quote.lower() else None,
            **dict.fromkeys(_QUOTES, job.quote),
        }
        known: dict[str, Any] = {}
        for key, inner in items.get("properties", {}).items():
            if key in said:
                plain, nullable = self._plain(inner)
                empty = None if nullable else False if plain.get("type") == "boolean" else ""
                known[key] = said[key] if said[key] is not None else empty
        return self._object(items, known)

    def _choice(self, options: list[Any], name: str, *, nullable: bool) -> Any:
        wanted: Any = name
        if name in _VERDICTS:
            wanted = self.judgement.verdict
        elif name == "business_model":
            wanted = self.judgement.business_model
            if wanted is None and (nullable or None in options):
                return None
        elif {"openings", "no_openings"} & set(options):
            wanted = "openings" if self.jobs else "no_openings"
        for option in options:
            if str(option).lower() == str(wanted).lower():
                return option
        shared = [self._overlap(str(option)) for option in options]
        return options[shared.index(max(shared))] if any(shared) else options[-1]

    def _overlap(self, text: str) -> int:
        wanted = terms(text)
        return sum(bool(wanted & sentence.terms) for sentence in self.reading.sentences)

    def _number(self, schema: Schema, name: str, *, nullable: bool) -> float | None:
        if "score" in name or "confidence" in name:
            low, top = schema.get("minimum", 0), schema.get("maximum", 100)
            return float(low + self.judgement.score * (top - low) / 100)
        if name in ("open_count", "count", "total"):
            return len(self.jobs)
        return None if nullable else schema.get("minimum", 0)

    def _boolean(self, name: str, *, nullable: bool) -> bool | None:
        if name in _VERDICTS or name.startswith("is_"):
            return self.judgement.verdict == "fit"
        if "hiring" in name or "opening" in name:
            return bool(self.jobs)
        return None if nullable else False

    def _text(self, schema: Schema, name: str) -> str | None:  # noqa: PLR0911 - one return per case
        judgement, sentences = self.judgement, self.reading.sentences
        if pattern := _PATTERNS.get(name):
            return next((match[1].strip() for s in sentences if (match := pattern.search(s.text))), None)
        match name:
            case "reason" | "reasoning" | "rationale":
                return judgement.reason
            case "disqualification":
                return judgement.reason if judgement.verdict == "not_fit" else None
            case "business_model":
                return judgement.business_model
            case "verdict":
                return judgement.verdict
            case "summary":
                return " ".join(sentence.text for sentence in sentences[:2]) or None
        if name in _QUOTES:
            return sentences[0].quote if sentences else None
        best = self.reading.best(terms(f"{name.replace('_', ' ')} {schema.get('description', '')}"), least=2)
        return best.text if best else None
