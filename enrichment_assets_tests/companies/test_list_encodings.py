import codecs

import pytest

from enrichment_assets.companies.intake import read_list
from enrichment_assets.companies.reading import Asked, UnreadableListError

_NAMES = {
    "cp1252": ["Müller Anlagenbau", "Société Générale", "Señor Tacos", "Größe & Söhne", "L’Oréal"],
    "mac_roman": ["Müller Anlagenbau", "Société Générale", "Señor Tacos", "Größe & Söhne", "Crédit Agricole"],
    "cp1250": ["Łódź Software", "Škoda Auto", "Dvořák a syn", "Kőszegi Bor", "Źródło Sp. z o.o."],
    "cp1251": ["Ромашка", "Завод Север", "ООО Одесса", "Газпром нефть", "Київ Енерго"],
    "koi8_r": ["Ромашка", "Завод Север", "ООО Одесса", "Газпром нефть", "Лукойл"],
    "cp1253": ["Ελληνικά Πετρέλαια", "Εθνική Τράπεζα", "Τιτάν Τσιμέντα"],
    "cp1254": ["Türkiye İş Bankası", "Çağdaş Yapı", "Şişecam", "Yıldız Gıda"],
    "cp1255": ["בנק הפועלים", "טבע תעשיות", "חברת החשמל"],
    "cp932": ["株式会社アクメ", "日本ソフト表", "トヨタ自動車", "有限会社さくら"],
    "gb18030": ["北京科技有限公司", "上海汽车集团", "深圳市大疆创新", "阿里巴巴"],
    "big5": ["台灣積體電路", "鴻海精密", "中華電信", "長榮海運"],
    "cp949": ["삼성전자", "현대자동차", "주식회사 카카오", "롯데쇼핑"],
}


def _list(tmp_path, data, **asked):
    path = tmp_path / "list.csv"
    path.write_bytes(data)
    return read_list(path, Asked(**asked))


@pytest.mark.parametrize("encoding", _NAMES)
def test_names_are_read_in_the_encoding_they_are_written_in(tmp_path, encoding):
    names = _NAMES[encoding]
    text = "Company,Website\n" + "".join(f"{name},firm-{at}.com\n" for at, name in enumerate(names))
    companies = _list(tmp_path, text.encode(encoding))
    assert companies.rows["company_name"].to_list() == names
    assert f"{encoding}, a guess" in companies.said[1]
    said = _list(tmp_path, text.encode(encoding), encoding=encoding).said[1]
    assert said == f"Encoding: {codecs.lookup(encoding).name}."


@pytest.mark.parametrize("encoding", ["utf-16", "utf-32", "utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"])
def test_wide_encodings_are_known_with_and_without_a_mark(tmp_path, encoding):
    companies = _list(tmp_path, "Company,Website\nMüller,mueller.de\nBeta,beta.io\n".encode(encoding))
    assert companies.rows["company_name"].to_list() == ["Müller", "Beta"]
    assert companies.counts["company"] == 2


def test_a_bad_byte_concerns_its_row_only(tmp_path):
    lines = ["Company,Website", "Müller,müller.de", "Łódź,lodz-soft.pl", "Caf\udce9,caf\udce9.fr", "Zoë,zoe.com"]
    companies = _list(tmp_path, "\n".join(lines).encode("utf-8", "surrogateescape"))
    assert companies.rows["company_name"].to_list() == ["Müller", "Łódź", "Café", "Zoë"]
    assert companies.rows["domain"].to_list() == ["xn--mller-kva.de", "lodz-soft.pl", None, "zoe.com"]
    assert companies.rows["code"][2] == "unsure_encoding"
    assert "line 4" in companies.said[1]


def test_a_glued_export_has_two_encodings(tmp_path):
    data = "Company,Website\nMüller,a.de\nSöhne,b.de\n".encode() + "Köhler,c.de\nJäger,d.de\n".encode("cp1252")
    assert _list(tmp_path, data).rows["company_name"].to_list() == ["Müller", "Söhne", "Köhler", "Jäger"]


def test_a_host_is_taken_where_the_encoding_is_said_and_not_where_it_is_guessed(tmp_path):
    data = "Company,Website\nBücher Müller,bücher.de\nSchön,schoen.de\n".encode("mac_roman")
    assert _list(tmp_path, data).rows["code"].to_list() == ["unsure_encoding", None]
    assert _list(tmp_path, data, encoding="mac-roman").rows["domain"][0] == "xn--bcher-kva.de"


def test_an_encoding_that_does_not_exist_is_named(tmp_path):
    for name in ("cp9999", "rot13", "base64"):
        with pytest.raises(UnreadableListError, match=f"--encoding {name}"):
            _list(tmp_path, b"Company,Website\nA,a.com\n", encoding=name)


def test_what_an_asked_encoding_cannot_read_is_named(tmp_path):
    companies = _list(tmp_path, b"Company,Website\nA,a.com\nCaf\xe9,cafe.fr\n", encoding="utf-8")
    assert companies.rows["company_name"].to_list() == ["A", "Caf\ufffd"]
    assert "line 3" in companies.said[1]
