"""An answer to any strict JSON schema, made from what was read in the prompt."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from enrichment_assets.sandbox.reading import Criterion, JobLine, Reading, job_lines, terms

Schema = Mapping[str, Any]
_NAMES_OF_QUOTES: Final = frozenset(("quote", "evidence", "citation", "snippet"))
_NAMES_OF_VERDICTS: Final = frozenset(("verdict", "decision", "fit"))


@dataclass(frozen=True)
class Judgement:
    """What the page says, boiled down. ``findings`` pairs each criterion with its evidence."""

    verdict: str
    score: int
    business_model: str | None
    reason: str
    findings: tuple[tuple[Criterion, str, str | None], ...]


def judge(reading: Reading) -> Judgement:
    """Weigh the sentences for and against: mostly whether businesses or consumers are spoken to."""
    business, consumer = reading.count("business"), reading.count("consumer")
    software = reading.count("software")
    model = None
    if business or consumer:
        model = "both" if business and consumer and 0.5 < business / consumer < 2 else "B2B"
        model = "B2C" if consumer >= 2 * business else model
    findings = tuple(_finding(reading, criterion, model) for criterion in reading.criteria)
    against = [criterion for criterion, met, _ in findings if criterion.disqualifies and met == "yes"]
    must = [met for criterion, met, _ in findings if not criterion.disqualifies]
    met_share = must.count("yes") / len(must) if must else min(1.0, (business + software) / 6)
    score = round(100 * max(0.0, min(1.0, 0.6 * (model == "B2B") + 0.3 * (model == "both") + 0.4 * met_share)))
    if model is None or len(reading.sentences) < 4:
        return Judgement("unclear", min(score, 50), model, "The page says too little about what is sold to whom.", findings)
    if model == "B2C" or against:
        why = against[0].text if against else "The page speaks to consumers."
        return Judgement("not_fit", min(score, 35), model, why, findings)
    return Judgement("fit", max(score, 60), model, "The page speaks to businesses and shows what they buy.", findings)


def _finding(reading: Reading, criterion: Criterion, model: str | None) -> tuple[Criterion, str, str | None]:
    asked = terms(criterion.text)
    if criterion.disqualifies and "#consumer" in asked and model != "B2C":
        return criterion, "no", None
    best = reading.best(criterion.text, least=2 if len(asked) > 2 else 1)
    if best is None:
        return criterion, "no" if criterion.disqualifies else "unknown", None
    if criterion.disqualifies and len(asked & best.terms) < max(3, len(asked) // 2):
        return criterion, "no", None
    return criterion, "yes", best.text


def fill(schema: Schema, reading: Reading) -> Any:
    """A document that is valid against the schema."""
    return _Filler(schema.get("$defs") or schema.get("definitions") or {}, reading).value(schema, "")


class _Filler:
    def __init__(self, definitions: Mapping[str, Any], reading: Reading) -> None:
        self.definitions = definitions
        self.reading = reading
        self.judgement = judge(reading)
        self.jobs = job_lines(reading.page)

    def value(self, schema: Schema, name: str) -> Any:
        schema = self._resolved(schema)
        if "const" in schema:
            return schema["const"]
        options = schema.get("anyOf") or schema.get("oneOf")
        if options:
            return self._one_of(options, schema, name)
        if "enum" in schema:
            return self._choice(schema["enum"], name)
        kind = schema.get("type", "object" if "properties" in schema else "string")
        nullable = isinstance(kind, list) and "null" in kind
        if isinstance(kind, list):
            kind = next(k for k in kind if k != "null")
        if kind == "object":
            return self._object(schema, {})
        if kind == "array":
            return self._array(schema, name)
        if kind == "null":
            return None
        return self._scalar(kind, schema, name, nullable=nullable)

    def _resolved(self, schema: Schema) -> Schema:
        while "$ref" in schema:
            schema = self.definitions[str(schema["$ref"]).rpartition("/")[2]]
        if len(schema.get("allOf", ())) == 1:
            return self._resolved(schema["allOf"][0])
        return schema

    def _one_of(self, options: list[Schema], schema: Schema, name: str) -> Any:
        nullable = any(option.get("type") == "null" for option in options)
        first = self._resolved(next((o for o in options if o.get("type") != "null"), {"type": "null"}))
        described = {**first, "description": schema.get("description", first.get("description", ""))}
        if nullable and first.get("type", "string") not in ("object", "array") and "enum" not in first:
            return self.value({**described, "type": [first.get("type", "string"), "null"]}, name)
        return self.value(described, name)

    def _object(self, schema: Schema, known: Mapping[str, Any]) -> dict[str, Any]:
        properties: Mapping[str, Schema] = schema.get("properties", {})
        return {
            key: known[key] if key in known else self.value(inner, key)
            for key, inner in properties.items()
        }  # fmt: skip

    def _array(self, schema: Schema, name: str) -> list[Any]:
        items = self._resolved(schema.get("items", {"type": "string"}))
        properties = items.get("properties", {})
        if "criterion" in properties or "criteria" in name or name == "findings":
            return self._findings(items)
        if "title" in properties or name in ("postings", "jobs", "openings"):
            return [self._posting(items, job) for job in self.jobs[: schema.get("maxItems", 200)]]
        if items.get("type") == "string" and "enum" not in items:
            texts = [sentence.text for sentence in self.reading.sentences[: max(1, schema.get("minItems", 1))]]
            return texts[: schema.get("maxItems", len(texts))]
        return [self.value(items, name) for _ in range(int(schema.get("minItems", 0)))]

    def _findings(self, items: Schema) -> list[Any]:
        if items.get("type") == "string":
            return [criterion.text for criterion, _, _ in self.judgement.findings]
        properties = items.get("properties", {})
        allowed = self._resolved(properties.get("criterion", {})).get("enum")
        findings = self.judgement.findings
        if allowed:
            by_text = {criterion.text: criterion for criterion, _, _ in findings}
            found = [by_text.get(text, Criterion(str(text), disqualifies=False)) for text in allowed]
            findings = tuple(_finding(self.reading, criterion, self.judgement.business_model) for criterion in found)
        filled = []
        for criterion, met, quote in findings:
            known: dict[str, Any] = {"criterion": criterion.text}
            for key, inner in properties.items():
                if key in _NAMES_OF_QUOTES:
                    known[key] = quote if quote is not None or _takes_null(inner, self._resolved) else ""
                elif key in ("met", "status", "answer"):
                    options = self._resolved(inner).get("enum")
                    known[key] = met if not options or met in options else self._choice(options, met)
                    if self._resolved(inner).get("type") == "boolean":
                        known[key] = met == "yes"
            filled.append(self._object(items, known))
        return filled

    def _posting(self, items: Schema, job: JobLine) -> Any:
        if items.get("type") == "string":
            return job.title
        known: dict[str, Any] = {"title": job.title}
        for key, inner in items.get("properties", {}).items():
            empty = None if _takes_null(inner, self._resolved) else ""
            if key in _NAMES_OF_QUOTES:
                known[key] = job.quote
            elif key == "url":
                known[key] = job.url or empty
            elif key == "location":
                known[key] = ", ".join(job.rest[1:] if len(job.rest) > 1 else job.rest) or empty
            elif key in ("department", "team"):
                known[key] = job.rest[0] if len(job.rest) > 1 else empty
            elif key == "remote":
                known[key] = "remote" in job.quote.lower() or (None if empty is None else False)
        return self._object(items, known)

    def _choice(self, options: list[Any], name: str) -> Any:
        wanted = {"business_model": self.judgement.business_model, "met": "unknown"}.get(name, name)
        if name in _NAMES_OF_VERDICTS:
            wanted = self.judgement.verdict
        elif {"openings", "no_openings"} & set(options):
            wanted = "openings" if self.jobs else "no_openings"
        for option in options:
            if str(option).lower() == str(wanted).lower():
                return option
        if wanted is None and None in options:
            return None
        ranked = sorted(options, key=lambda option: -self._overlap(str(option)))
        return ranked[0] if self._overlap(str(ranked[0])) else options[-1]

    def _overlap(self, text: str) -> int:
        wanted = terms(text)
        return sum(bool(wanted & sentence.terms) for sentence in self.reading.sentences)

    def _scalar(self, kind: str, schema: Schema, name: str, *, nullable: bool) -> Any:
        if kind in ("integer", "number"):
            if "score" in name or "confidence" in name:
                top = schema.get("maximum", 100)
                scaled = self.judgement.score / 100 * top if top <= 1 else self.judgement.score
                return int(scaled) if kind == "integer" else float(scaled)
            if name in ("open_count", "count", "total"):
                return len(self.jobs)
            return None if nullable else schema.get("minimum", 0)
        if kind == "boolean":
            if name in _NAMES_OF_VERDICTS or name.startswith("is_"):
                return self.judgement.verdict == "fit"
            return bool(self.jobs) if "hiring" in name or "opening" in name else False
        text = self._text(schema, name)
        if text is None:
            return None if nullable else ""
        return text[: schema.get("maxLength", 2000)]

    def _text(self, schema: Schema, name: str) -> str | None:
        special: Mapping[str, Callable[[], str | None]] = {
            "verdict": lambda: self.judgement.verdict,
            "reason": lambda: self.judgement.reason,
            "reasoning": lambda: self.judgement.reason,
            "disqualification": lambda: self.judgement.reason if self.judgement.verdict == "not_fit" else None,
            "summary": lambda: " ".join(s.text for s in self.reading.sentences[1:3]) or None,
            "business_model": lambda: self.judgement.business_model,
            "industry": lambda: self._after(r"working in ([\w -]+?)\."),
            "sells": lambda: self._after(r"\b(?:is|are|as) (?:a|an|the) ([\w ,&/-]+?)(?: for | that | working |,|\.)"),
            "serves": lambda: self._after(r"\bfor ([\w ,&/-]+?)(?: that|\.|:|,|$)"),
            "size_hint": lambda: self._after(r"\b(\d[\d,.]* (?:people|employees|users))"),
        }
        if name in special:
            return special[name]()
        if name in _NAMES_OF_QUOTES:
            return self.reading.sentences[0].text if self.reading.sentences else None
        best = self.reading.best(f"{name.replace('_', ' ')} {schema.get('description', '')}", least=2)
        return best.text if best else None

    def _after(self, pattern: str) -> str | None:
        for sentence in self.reading.sentences:
            if match := re.search(pattern, sentence.text):
                return match[1].strip()
        return None


def _takes_null(schema: Schema, resolved: Callable[[Schema], Schema]) -> bool:
    options = schema.get("anyOf") or schema.get("oneOf") or ()
    kind = resolved(schema).get("type")
    return any(option.get("type") == "null" for option in options) or (isinstance(kind, list) and "null" in kind)
