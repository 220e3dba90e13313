"""How sentences that speak to a model, rather than to a visitor, are usually written.

Each rule stands beside its hints: no text matches a rule without one of them, so that most lines are spared the rules.
Letters are looked at as they read (``undisguised``): look-alikes of another script, digits for letters, blanks between
all letters and words written backwards are not another sentence.
"""

# ruff: noqa: E501  (a pattern reads better on one line)

import re
from collections.abc import Iterable
from dataclasses import dataclass

_AI = r"(?:ai|a\.i\.|llms?|(?:large )?language models?|ai (?:assistants?|models?|agents?)|chatbots?|chatgpt|gpt\S*|claude|gemini)"
_MACHINE = rf"(?:{_AI}|assistants?|bots?|agents?|crawlers?|scrapers?|evaluators?|classifiers?|automated systems?)"
_VERDICT = r"(?:not[_ -]?fit|fit|unclear|unjudged|qualified|disqualified)"
_THIS = r"(?:this|our|the) (?:company|business|firm|site|website|web page|page|text|document|content|vendor|organi[sz]ation)"

_FORGET = (
    r"(?:ignor\w*|zignoruj\w*|disregard\w*|forget|overrid\w*|overrule|bypass|discard|stop following|(?:do not|don'?t|never) (?:follow|obey|apply|use)"
    r"|missachte\w*|vergiss|vergessen|oublie\w*|ten(?:ez|ir|ons)? (?:pas )?compte|tiens pas compte|olvid\w*|esque[cç]\w*|desconsider\w*|dimentic\w*"
    r"|negeer|vergeet|zapomnij|pomi[nń]\w*|zapome[nň]\w*|glöm|glem|ohita|unohda|abaikan|bỏ qua|игнор\w*|ігнор\w*|забуд\w*|התעלם|تجاهل|انس)"
)
_RULES_GIVEN = (
    r"(?:instruction\w*|prompts?|rules|directions|guidelines|criteria|disqualifiers?|profile|anweisung\w*|vorgabe\w*|consigne\w*|instruc\w*|instruç\w*"
    r"|istruzion\w*|instrukc\w*|instrukt\w*|instruks\w*|instructie\w*|ohje\w*|pokyn\w*|chỉ dẫn|hướng dẫn|инструкц\w*|інструкц\w*|указан\w*|вказів\w*|правил\w*"
    r"|regel\w*|règles?|reglas?|regole|regras|הוראות|التعليمات|تعليمات"
    r"|(?:everything|all|anything) (?:you (?:were|have been) told|(?:written |said )?(?:above|before))"
    r"|(?:previous|prior|above|earlier) (?:text|messages?|context))"
)
_SAY = (
    r"(?:answer\w*|respond\w*|reply|output|say|return|antwort\w*|répond\w*|rispond\w*|antwoord\w*|odpowie\w*|odpověz\w*|svara?|vastaa|jawab"
    r"|ответ\w*|отвеч\w*|відпов\w*|trả lời)"
)


@dataclass(frozen=True, slots=True)
class Rule:
    """A pattern, and words of which every text that it matches has one of each group."""

    hints: tuple[tuple[str, ...], ...]
    pattern: re.Pattern[str]


def _rule(hints: str, pattern: str) -> Rule:
    """``hints`` are in lower case: groups parted by blanks around ``&``, words by ``|``."""
    groups = tuple(tuple(group.split("|")) for group in hints.split(" & "))
    return Rule(groups, re.compile(pattern, re.IGNORECASE | re.MULTILINE))


_ORDERS = (
    # orders to forget the orders
    _rule(
        "ignor|disregard|forget|overr|bypass|discard|stop following|not follow|t follow|never follow|obey|t apply|not apply|never apply|not use|t use"
        "|never use|missacht|vergiss|vergessen|oublie|compte|olvid|esque|desconsider|dimentic|negeer|vergeet|zapom|pomi|glöm|glem|ohita|unohda"
        "|abaikan|bỏ qua|игнор|ігнор|забуд|התעלם|تجاهل|انس"
        " & instru|prompt|rules|direction|guideline|criteria|disqualifier|profile|anweisung|vorgabe|consigne|istruz|ohje|pokyn|hướng|chỉ|инстр|інстр"
        "|указан|вказів|правил|regel|regol|regras|regla|règle|הוראות|تعليمات|told|above|before|previous|prior|earlier",
        rf"\b{_FORGET}\b.{{0,60}}\b{_RULES_GIVEN}(?!\w)",
    ),
    _rule("忽略|忽视|忽視|無視|无视|忘记", r"(?:忽略|忽视|忽視|無視|无视|忘记).{0,16}(?:指令|指示|提示|规则|規則|说明|說明|要求|内容)"),
    _rule("無視|忘れ|무시|잊|अनदेख|yok say|görmezden|unut", r"(?:指示|命令|ルール|プロンプト).{0,12}(?:無視|忘れ)|(?:지시|명령|규칙|프롬프트|지침).{0,12}(?:무시|잊)|निर्देश.{0,40}अनदेख|(?:talimat|kural)\w*.{0,40}(?:yok say|görmezden|unut)"),
    _rule("instruction|prompt|task|directive", r"\b(?:new|updated|real|actual|revised|additional|secret|hidden) (?:system )?(?:instructions?|prompts?|task|directives?)\s*:"),
    _rule("your & is to ", r"\byour (?:new |only |real |actual )?(?:task|job|goal|role|purpose|instruction) (?:now )?is to (?:approve|accept|pass|classify|mark|rate|judge|evaluate|answer|say|label|return)\b"),
    _rule("from now on", r"\bfrom now on,? you\b.{0,30}\b(?:answer|respond|reply|say|act|behave|obey|are an?)\b"),
    _rule("judg|evaluat|analy|assess & not |n't|dont|skip|stop|without", rf"\b(?:do not|don'?t|skip|stop|without) (?:the )?(?:judg|evaluat|analy|assess)\w*\b.{{0,60}}\b(?:answer|respond|reply|say|return|{_VERDICT})\b"),
    _rule("instructions|rules|prompts & ignore|disregard|forget", r"\b(?:ignore|disregard|forget)(?:all)?(?:the|your|my)?(?:previous|prior|above|earlier)?(?:instructions|rules|prompts)"),
    _rule("ignore & this|our|the|everything", rf"\bignore (?:the rest of )?(?:{_THIS}|everything)\b"),
    _rule("instruction|prompt & cancel|obsolete|changed|void|invalid|supersede|replace|no longer|attention|per your|according to your|above", r"\b(?:previous|prior|above|earlier|your|these)(?: system)? (?:instructions?|prompts?)\b.{0,30}\b(?:cancel\w*|obsolete|changed|void|invalid|superseded?|replaced|no longer)\b|\b(?:instructions?|prompt) above\b|\bno attention to\b.{0,30}\b(?:instructions?|prompts?)\b|\b(?:per|according to) your (?:system )?(?:prompt|instructions?)\b"),
    _rule("ignore|disregard|forget & you ", r"\byou (?:will|must|shall|should|have to) (?:now )?(?:ignore|disregard|forget)\b"),
    _rule("disqualify|reject|not_fit|not fit & not |n't|dont|never", r"\b(?:do not|don'?t|never|must not) (?:disqualify|reject) (?:us|this)\b|\b(?:do not|don'?t|never) (?:return|answer|say|output) not[_ ]fit\b"),
    # a machine is spoken to
    _rule("language model|llm|ai model|ai assistant|ai agent|ai system", r"\b(?:p\.?\s?s\.?|notes?|hint|message|reminder|directive)\b.{0,12}\b(?:for|to)\b (?:all |any |the |every )*(?:language models?|llms?|ai (?:models?|assistants?|agents?|systems?))\b|\bllm (?:directive|instructions?|note)\b"),
    _rule("note|message|instruction|attention|notice|memo|dear|hello|hey & ai|a.i.|llm|language model|bot|chatgpt|gpt|claude|gemini|assistant|agent|crawler|scraper|evaluator|classifier|automated", rf"\b(?:note|message|instructions?|attention|notice|memo|dear|hello|hey)\b[\s:,]{{0,3}}(?:to|for)?\s*(?:all |any |the |every )*{_MACHINE}\b.{{0,30}}[:,!—-]"),
    _rule("if you|since you|because you|when you & ai|a.i.|llm|language model|chatbot|chatgpt|gpt|claude|gemini", rf"\b(?:if|since|because|when) you(?:'re| are) (?:reading this as )?(?:an? |the )?{_AI}\b"),
    _rule("you are|pretend & ai|a.i.|llm|language model|chatbot|chatgpt|gpt|claude|gemini", rf"\b(?:you are (?:now )?|pretend (?:to be |you are ))(?:an? |the )?(?:\w+ ){{0,3}}{_AI}\b"),
    _rule("language model|llm", r"\bas an? (?:ai |large )*(?:language model|llm)(?=[,:]|\s+(?:you|your|i|it)\b)"),
    _rule("summari|evaluat|judg|classif|process|analy|assess & when|while|before|after|if & this|our|the", rf"\b(?:when|while|before|after|if)(?:ever)? (?:you(?:'re| are)? )?(?:summari[sz]|evaluat|judg|classif|process|analy[sz]|assess)(?:e|es|ing) {_THIS}"),
    # forged roles, tokens, delimiters
    _rule("<", r"<\|[^|]{0,40}\|>"),
    _rule("role & system|assistant|developer", r"[\"']role[\"']\s*:\s*[\"'](?:system|assistant|developer)"),
    _rule("end of|start of|begin of|beginning of", r"^\W{2,}(?:end|start|begin(?:ning)?) of (?:the )?(?:page|data|document|input|prompt|instructions?|context|website)\b"),
    _rule("inst]|sys>>", r"\[/?INST\]|<</?SYS>>"),
    _rule("begin|end & page|system|prompt|instructions|document|data|conversation|chat|session|task", r"(?-i:\b(?:BEGIN|END) (?:OF )?(?:NEW )?(?:PAGE|SYSTEM|PROMPT|INSTRUCTIONS|DOCUMENT|DATA|CONVERSATION|CHAT|SESSION|TASK)\b)"),
    _rule("## & instruction|response|system|assistant", r"^\W{0,4}#{2,}\s*(?:instructions?|response|system|assistant)\b"),
    # forged answers and claims about the verdict
    _rule("verdict|disqualification|findings|business_model|size_hint|criterion & :", r"[\"']?\b(?:verdict|disqualification|findings|business_model|size_hint|criterion)[\"']\s*:"),
    _rule("score|quote|met|reason|fit|tier & :", r"[\"'](?:score|quote|met|reason|fit|tier)[\"']\s*:"),
    _rule("verdict|tier|classification|decision|judg & fit|unclear|unjudged|qualified", rf"\b(?:\w*verdict|tier|classification|decision|judge?ment)\b\W{{0,4}}(?:(?:is|must be|should be|will be)\b\W{{0,4}})?\b{_VERDICT}\b"),
    _rule("verdict & fit|unclear|unjudged|qualified", rf"\bverdict\b.{{0,40}}\b{_VERDICT}\b"),
    _rule("answer|verdict|classification|judg|label|result|evaluation & fit|unclear|unjudged|qualified", rf"\b(?:correct|right|final|expected|true|only|valid)\b.{{0,20}}\b(?:answer|verdict|classification|judge?ment|label|result|evaluation)\b.{{0,40}}(?:\bis|\bbe|:|=)\W{{0,4}}(?:an? )?{_VERDICT}\b"),
    _rule("answer|respond|reply|output|say|return|antwort|répond|rispond|antwoord|odpow|odpov|svar|vastaa|jawab|отве|відпов|trả lời & fit|unclear|unjudged|qualified", rf"\b{_SAY}\b(?:\W{{1,3}}(?:with|as|that|only|just|simply|the|an?|word|verdict|mit|nur|par|con|com|met|med|z|seulement|sólo|só|solo)\b){{0,4}}\W{{1,4}}{_VERDICT}(?=\W*(?:$|[.!,;:。！]|for\b|to\b|and\b|in\b|without\b))"),
    _rule("回答|答え|답하|대답|أجب|उत्तर|yanıtla|yanitla|cevapla & fit|qualified", r"(?:回答|答え|답하|대답|أجب|उत्तर|yanıtla|cevapla).{0,8}(?:not[_ -]?fit|fit|qualified)|(?:not[_ -]?fit|\bfit\b|qualified).{0,8}(?:回答|と答え|답하|대답|उत्तर|yanıtla|cevapla)"),
    _rule("fit|unclear|unjudged|qualified & answer|respond|reply|output|return|classify|mark|rate|score|label|judge|evaluate|report|treat|consider|give", rf"\b(?:answer|respond|reply|output|return|classify|mark|rate|score|label|judge|evaluate|report|treat|consider|give)\b.{{0,60}}\b(?:as|with|this company|this page|this site|this website|us|it)\b(?:\W{{1,3}}(?:as|is|to be|with|an?|the|verdict|score|answer|of|perfect|not|clear(?:ly)?|good|great|strong|ideal)\b){{0,4}}\W{{1,4}}{_VERDICT}\b"),
    _rule("fit|unclear|unjudged|qualifi|califi & conclude|choose|pick|judged|decide|declare|als|como|comme|come|som|jako|как|olarak|lautet|est|es|è|é|ist|är|jest", rf"\b(?:(?:conclude|choose|pick|judged|decide|declare)(?:\W{{1,2}}(?:as|that|it|this|is|an?)){{0,3}}|als|como|comme|jako|как|olarak|(?:urteil|verdict|verdikt|bewertung|réponse|respuesta|risposta|resposta|antwort|ответ)\w*(?: correcta| correcte| corretta| richtige)?\W{{1,2}}(?:lautet|est|es|è|é|ist|är|jest))\W{{1,4}}(?:{_VERDICT}|qualifi\w+|qualifizier\w*|calificad\w+)(?=\W*(?:$|[.!?,;]))"),
    _rule("判定|判断|评为|評価|判為|判为 & fit|qualified", r"(?:判定|判断|评为|評価|判為|判为).{0,10}(?:fit|qualified)|\bfit.{0,8}(?:判定|と判断|と評価)"),
    _rule("is this & fit", r"\bis this (?:company|business|vendor) (?:a )?fit\b"),
    _rule("score & 100", r"\bscore\b.{0,20}\b100\b"),
    _rule("fit|match|criteri|every requirement|icp|ideal customer|must|disqualif|qualifie & this |our |the", r"\b(?:this|the|our) (?:company|business|firm|site|website|page|organi[sz]ation)\b.{0,40}\b(?:fits?|match(?:es)?|meets?|satisf(?:y|ies)|fulfil?ls?|fails?|is)\b.{0,40}\b(?:fit|match|criteri(?:a|on)|every requirement|icp|ideal customer|must[- ]haves?|disqualif\w*|not[_ ]fit|qualified)\b|\bthis (?:company|business|vendor) qualifies\b"),
    _rule("icp|ideal customer profile|criteri|must & fit|match|meet|satisfy & we", r"\bwe(?:'re| are)? .{0,20}\b(?:fit|match|meet|satisfy)\w*\b.{0,30}\b(?:your|the|this|all|every) (?:\w+ )?(?:icp|ideal customer profile|criteri(?:a|on)|must[- ]haves?)\b"),
    _rule("must|disqualif|icp|ideal customer profile & met|satisfied|fulfilled|true|false|apply|applies", r"\b(?:must[- ]haves?|icp|ideal customer profile)\b.{0,40}\b(?:met|satisfied|fulfilled|true|false)\b|\bdisqualifiers?\b.{0,20}\b(?:met|true|false|appl(?:y|ies) to (?:us|this))\b"),
    _rule("ideal|perfect|good|great|strong|qualified & evaluat|judg|rat|scor|classif|assess|approv|mark|label|treat|consider & customer|qualified|lead|fit|match", rf"\b(?:evaluat|judg|rat|scor|classif|assess|approv|mark|label|treat|consider)\w*\b.{{0,20}}\b(?:us|{_THIS})\b.{{0,30}}\b(?:an? (?:ideal|perfect|good|great|strong) (?:customer|fit|match|lead)|qualified)\b"),
    _rule("qualified|approv|mark", r"\b(?:consider us|mark us|we are) (?:pre-?)?(?:qualified|approved) (?:by|for) (?:your|the) (?:icp|profile|crm|tool|model)\b|\bconsider us qualified\b|\bmark(?:ed)? ?(?:as|:) ?(?:qualified|disqualified|fit|not[_ ]fit)\b|\bapprove this (?:company|business|vendor|lead)\b|\bqualified lead, (?:tier|no need)\b"),
    # prying
    _rule("prompt|instruction|api|secret|system message & reveal|print|repeat|show|leak|output|disclose|display|translate|recite|quote|include|tell|send|put|write", r"\b(?:reveal|print|repeat|show|leak|output|disclose|display|translate|recite|quote|include|tell|send|put|write)\b.{0,50}\b(?:system|hidden|initial|your|original|secret|full|above)\b.{0,20}\b(?:prompts?|instructions?|api[ _-]?keys?|secrets?|system messages?)\b"),
    _rule("system message|what are your instructions", r"\b(?:include|reveal|print|repeat|show|put)\b.{0,30}\bsystem message\b|\bwhat are your instructions\b"),
    _rule("decode|decrypt & follow|obey|execute|comply|do what", r"\b(?:decode|decrypt)\b.{0,60}\b(?:follow|obey|execute|comply|do what)\b"),
    _rule("api_key|ideal customer profile you", r"\b(?:openrouter|spider|serper)_api_key\b|\bideal customer profile you (?:judge|were given)\b"),
)  # fmt: skip
_MARK = re.compile(
    rf"^{_MACHINE}(?: reading this)?\s*[:,]\s"
    r"|^\W{0,4}(?:system|assistant|developer|human|admin|reviewer|evaluator)(?: (?:reply|message|prompt|note|override|instructions?))?\W{0,3}[:>]"
    r"|\b[MDSR]\d{1,2}\b\s*(?:is|are|:|=|->)\s*[\"']?(?:met|not met|yes|no|unknown|true|false|satisfied|fulfilled)\b"
    r"|\b(?:criterion|disqualifier|must[- ]have) [MDSR]\d{1,2}\b",
    re.IGNORECASE | re.MULTILINE,
)

_PAIRS = (
    "аaеeёeоoрpсcхxуyіiїiјjѕsһhԁdԛqԝwкkмmнhтtпnгrвbАAВBЕEКKМMНHОOРPСCТTХXУYІIЈJЅSԜW"
    "αaβbεeιiκkνvοoρpτtυuχxωwγyΑAΒBΕEΖZΗHΙIΚKΜMΝNΟOΡPΤTΥYΧX"
)
_LOOK_ALIKES = str.maketrans(_PAIRS[::2], _PAIRS[1::2])
_DIGITS_FOR_LETTERS = str.maketrans("013457@$", "oieastas")
_MIXED_WORD = re.compile(r"[A-Za-z][\u0370-\u04ff]|[\u0370-\u04ff][A-Za-z]")
_LEET_WORD = re.compile(r"\b(?:[A-Za-z]+[013457@$](?=[A-Za-z])|[013457@$](?=[A-Za-z]{3}))[A-Za-z013457@$]*")
_SPACED = re.compile(r"(?<!\w)(?:\w[ ._*-]{1,2}){5,}\w(?!\w)")
_BACKWARDS = ("snoitcurtsni", "erongi", "tcidrev", "tpmorp", "dragersid")


def speaks_to_model(text: str) -> bool:
    """Whether a text gives a model orders, forges its answer, or claims what the verdict is."""
    return any(rule.pattern.search(text) for rule in _rules_for(text)) or _MARK.search(text) is not None


def _rules_for(text: str) -> Iterable[Rule]:
    """The rules that the text has hints of."""
    lowered = text.lower()
    for rule in _ORDERS:
        for group in rule.hints:
            for hint in group:
                if hint in lowered:
                    break
            else:
                break
        else:
            yield rule


def undisguised(text: str) -> str:
    """The text as it reads, line by line: the same text where nothing is disguised."""
    lowered = text.lower()
    if any(sign in lowered for sign in _BACKWARDS):
        text = "\n".join(
            line[::-1] if any(sign in line.lower() for sign in _BACKWARDS) else line for line in text.split("\n")
        )
    if not text.isascii() and _MIXED_WORD.search(text):
        text = "\n".join(
            line.translate(_LOOK_ALIKES) if _MIXED_WORD.search(line) else line for line in text.split("\n")
        )
    text = _SPACED.sub(_closed_up, text)
    return _LEET_WORD.sub(lambda word: word[0].translate(_DIGITS_FOR_LETTERS), text)


def _closed_up(match: re.Match[str]) -> str:
    """``I g n o r e  a l l`` → ``Ignore all``: what stands between letters of one word is not what parts words."""
    text = match[0]
    joint = text[1]
    return "".join(
        part if part.isalnum() else "" if part == joint else " " for part in re.findall(r"\w|[ ._*-]{1,2}", text)
    )
