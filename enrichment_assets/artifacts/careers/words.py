"""What companies call their careers page, in many languages. Words only; how they count is ``careers_links``' subject.

Each phrase is looked for in a link's text and, its words joined by hyphens, in an address. Folded: lower case, without
accents, typewriter's apostrophes.
"""

# ruff: noqa: E501  (word lists)

import re
import unicodedata

USUAL_PATHS = ("/careers", "/jobs")
"""Where a careers page stands when nothing links to it: what a company writing in English uses most."""

PATHS_BY_LANGUAGE = {
    "de": "/karriere", "fr": "/recrutement", "es": "/empleo", "nl": "/vacatures", "pl": "/kariera", "it": "/lavora-con-noi",
    "pt": "/carreiras", "sv": "/karriar", "da": "/karriere", "nb": "/karriere", "no": "/karriere", "fi": "/rekry",
}  # fmt: skip

_MARKS = re.compile("[\u0300-\u036f]")
_CURLY = "’‘`´"


def folded(text: str) -> str:
    """Lower case, without accents; scripts without case keep their letters."""
    if text.isascii():
        return text.lower()
    for curly in _CURLY:
        text = text.replace(curly, "'")
    decomposed = unicodedata.normalize("NFKD", text.lower())
    return unicodedata.normalize("NFC", _MARKS.sub("", decomposed)).replace("ı", "i").replace("ł", "l")


def _phrases(text: str) -> tuple[str, ...]:
    return tuple(phrase for each in text.split("|") if (phrase := folded(" ".join(each.split()))))


PHRASES = _phrases(
    # English
    "careers|career|career opportunities|careers page|jobs|job|job openings|job opportunities|job offers|job board|job center|job portal|job vacancies|vacancies"
    "|vacancy|current vacancies|hiring|we're hiring|we are hiring|were hiring|now hiring|employment|employment opportunities|openings|current openings"
    "|open positions|available positions|current positions|open roles|current roles|available roles|open jobs|current jobs|open vacancies|recruitment|recruiting|recruit"
    "|join us|join our team|join the team|join our crew|join the crew|work with us|work for us|come work with us|working here|grow with us|build with us"
    # German
    "|karriere|karriereportal|karriereseite|stellenangebote|stellenangebot|offene stellen|freie stellen|offene positionen|stellen|stellenmarkt|stellenanzeigen|jobangebote|jobborse|jobportal"
    "|wir stellen ein|wir suchen dich|komm ins team|komm in unser team|werde teil unseres teams|werde teil des teams|jobs und karriere|arbeiten bei uns|ausbildung und karriere|bewerbung"
    # French
    "|carrieres|carriere|recrutement|nous rejoindre|rejoignez nous|rejoins nous|rejoindre l'equipe|nous recrutons|on recrute|offres d'emploi|offres emploi|nos offres|emplois|emploi|travailler chez nous|espace recrutement"
    # Spanish, Catalan
    "|empleo|empleos|vacantes|trabaja con nosotros|trabaja con nosotras|unete a nosotros|unete al equipo|unete a nuestro equipo|unete|bolsa de trabajo|bolsa de empleo|ofertas de empleo"
    "|ofertas de trabajo|carreras|oportunidades laborales|oportunidades de empleo|treballa amb nosaltres|ofertes de feina"
    # Portuguese
    "|trabalhe conosco|trabalhe connosco|carreiras|carreira|vagas|vagas abertas|junte-se a nos|recrutamento|faca parte do time|faca parte da equipe|venha trabalhar conosco|oportunidades de emprego"
    # Italian
    "|lavora con noi|posizioni aperte|carriere|unisciti a noi|entra nel team|entra a far parte del team|opportunita di lavoro|offerte di lavoro"
    # Dutch
    "|vacatures|vacature|werken bij ons|werken bij|kom werken bij ons|werkenbij|carrieremogelijkheden"
    # Scandinavian, Finnish, Icelandic
    "|karriar|jobba hos oss|jobba pa|lediga jobb|lediga tjanster|arbeta hos oss|jobb hos oss|bli en av oss|ledige stillinger|ledigestillinger|ledige job|ledige jobs|stillinger|job hos os|job og karriere"
    "|rekry|rekrytointi|tyopaikat|avoimet tyopaikat|toihin meille|tule toihin|tyonhakijalle|avoin tyopaikka|storf i bodi|laus storf"
    # Central and Eastern Europe
    "|kariera|praca|oferty pracy|dolacz do nas|pracuj z nami|kariera u nas|volna mista|volna pracovni mista|prace u nas|pracujte s nami|volne pozicie|volne pracovne miesta|pridajte sa k nam|pridejte se k nam"
    "|karrier|allasajanlatok|allasok|allas|csatlakozz hozzank|cariere|cariera|locuri de munca|joburi|posturi vacante|karjera|karijera|posao kod nas|zaposlenje|zaposlitev|pridruzi nam se|pridruzite nam se"
    "|prosta delovna mesta|darbo pasiulymai|darbo skelbimai|darbas|vakances|karjaar|tule toole|toopakkumised|vabad tookohad"
    "|кариера|кариери|работа при нас|вакансии|вакансия|карьера|работа у нас|работа в компании|вакансії|вакансія|кар'єра|карєра|робота в компанії|приєднуйся|присоединяйся к нам|vakansii|vakansiyi|karera"
    # Turkish, Greek
    "|kariyer|is ilanlari|insan kaynaklari|acik pozisyonlar|bize katil|bize katilin|καριερα|θεσεις εργασιας|εργαστειτε μαζι μας|ευκαιριες καριερας"
    # Vietnamese, Indonesian
    "|tuyen dung|co hoi nghe nghiep|karir|lowongan|lowongan kerja"
)  # fmt: skip
"""Strong by themselves."""

UNSPACED = _phrases(
    "採用|採用情報|求人|キャリア|募集職種|新卒採用|招聘|招贤纳士|加入我们|加入我們|诚聘|誠聘|徵才|招募|채용|커리어|인재영입"
    "|ร่วมงานกับเรา|สมัครงาน|ตำแหน่งงาน|קריירה|דרושים|משרות|הצטרפו אלינו|وظائف|انضم إلينا|انضم الينا|التوظيف"
)
"""Strong too, in scripts that do not part words or join small ones to them."""

WHOLE_TEXTS = frozenset(
    _phrases("opportunities|jobb|banen|ura|posao|candidati|postuler|bewerben|work here|people & careers|talent")
)
"""Only when they are all that a link says."""

NOT_ABOUT_US = re.compile(
    r"\bjobs?[ -]to[ -]be[ -]done\b|\bcron[ -]?jobs?\b|\bcareer[ -](?:coach\w*|advice|counsel\w*|development|guidance|services?|paths?|quiz|tips|change)\b"
    r"|\bpost (?:a|your) (?:job|vacancy)\b|\bpost-a-job\b|\bjob[ -](?:descriptions?|scheduler|scheduling|costing|management|seekers?|search tips|interview\w*)\b"
    r"|\b(?:recruit(?:ment|ing|er)|hiring)[ -](?:software|agency|agencies|marketing|solutions?|tools?|platform|services?|process|guide|automation|analytics)\b"
    r"|\bfor (?:employers|recruiters)\b|\bpraca zdalna\b|\bfind a job\b|\bcopywriting jobs\b"
    r"|\b(?:join us|rejoignez[- ]nous|unete a nosotros|unisciti a noi|junte-se a nos) (?:on|at|for|live|sur|en|su|no)\b"
)
"""Phrases with a careers word in them that speak of something else: a product, advice, somebody else's jobs."""
