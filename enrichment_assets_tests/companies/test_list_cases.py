"""Lists made up after real reports (``../shared/cases/intake``): what each of their rows is."""

from pathlib import Path

import pytest

from enrichment_assets.companies.intake import read_list
from enrichment_assets.companies.reading import UnreadableListError

_CASES = Path(__file__).resolve().parents[3] / "shared" / "cases" / "intake"
# Domain or code of each row.
_WANT = {
    "h01_websites_plural.csv": "acme-robotics.com",
    "h02_google_contacts.csv": "acme-robotics.com",
    "h03b_apify_emails_only.csv": "acme-cafe.de",
    "h04_italian.csv": "acme-robotics.it",
    "h08_russian.csv": "acme-robotics.ru",
    "h10_work_email_address.csv": "acme-robotics.com",
    "h11_apollo_api.csv": "acme-robotics.com",
    "r01_one_bad_byte_utf8.csv": "xn--mller-anlagenbau-jzb.de lodz-software.pl acme-robotics.com",
    "r02b_cp1251_latin_headers.csv": "romashka-soft.ru zavod-sever.ru unsure_encoding",
    "r04_shift_jis.csv": "acme-robotics.co.jp nihonsoft.co.jp",
    "r06_mac_roman.csv": "mueller-zuerich.ch cafenoel.fr unsure_encoding",
    "r08_open_quote_middle.csv": "acme-robotics.com beta-tools.io gamma-data.com delta-ops.com",
    "r08b_tsv_inch_quote.tsv": "acme-robotics.com beta-tools.io gamma-data.com delta-ops.com",
    "r09_line_in_quotes.csv": "acme-robotics.com beta-tools.io",
    "r10_linkedin_connections.csv": "acme-robotics.com social_network",
    "r11_salesforce_report.csv": "acme-robotics.com beta-tools.io footer footer footer",
    "r13_big_field_ragged.csv": "acme-robotics.com beta-tools.io",
    "r19_json.json": "acme-robotics.com beta-tools.io",
    "w01_country_platforms.csv": "directory_page " * 4
    + "marketplace_page marketplace_page directory_page directory_page social_network marketplace_page",
    "w02_booking_platforms.csv": "booking_page " * 5 + "marketplace_page directory_page booking_page",
    "w03_builder_apex.csv": "hosted_page " * 13,
    "w04_link_wrappers.csv": "acme-robotics.com beta-tools.io gamma-data.com delta-ops.com eps-labs.com acme.com "
    "eta-labs.com theta-labs.com iota-labs.com duplicate",
    "w05_display_name_emails.csv": "acme-robotics.com beta-tools.io gamma-data.com delta-ops.com",
    "w07_isp_mail.csv": "free_mail_address " * 12,
    "w10_placeholder_then_email.csv": "acme-robotics.com beta-tools.io gamma-data.com delta-ops.com eps-labs.com "
    "zeta-labs.com",
    "w13_reserved_example.csv": "reserved reserved",
    "w14_html_entity_names.csv": "att.com jnj.com loreal.com",
    "ok/h14_sales_nav.csv": "acme-robotics.com",
    "ok/ok01_psql.txt": "empty acme-robotics.com beta-tools.io footer",
    "ok/ok03_concat_bom_header.csv": "acme-robotics.com header_again beta-tools.io",
    "ok/ok05_utm.csv": "acme-robotics.com duplicate",
    "ok/ok06_several_columns.csv": "acme-robotics.com beta-tools.io gamma-data.com",
    "ok/ok09_ports_userinfo.csv": "acme-robotics.com ip_address ip_address localhost beta-tools.io gamma-data.com",
    "ok/ok12_crunchbase_thousands.csv": "acme-robotics.com",
    "ok/ok13_wide_chars_tab_utf16.txt": "mueller-soehne.de",
    "ok/r07_backslash_quotes.csv": "acme-robotics.com beta-tools.io gamma-data.com delta-ops.com",
    "ok/r11b_salesforce_footer.csv": "acme-robotics.com beta-tools.io footer footer footer footer footer",
    "ok/r12_sep_tab.csv": "acme-robotics.com",
    "ok/r12b_sep_bom_crlf.csv": "acme-robotics.com",
    "ok/r12c_sep_cr.csv": "acme-robotics.com",
    "ok/r17_trailing_seps.csv": "acme-robotics.com beta-tools.io",
    "ok/r22_emails_only.csv": "acme-robotics.com beta-tools.io",
    "ok/r24_space_before_quote.csv": "acme-robotics.com beta-tools.io",
    "ok/r27_ctrl_z.csv": "acme-robotics.com empty",
    "ok/r30_unicode_ls.csv": "acme-robotics.com beta-tools.io",
    "ok/r32_comma_decimal_semicolon.csv": "acme-robotics.com",
    "ok/r33_header_commas_in_quotes.csv": "acme-robotics.com",
    "ok/r34_duplicated_marker.csv": "acme-robotics.com",
    "ok/r35_apostrophe_prefix.csv": "acme-robotics.com beta-tools.io",
    "ok/r37_totals.csv": "acme-robotics.com footer",
    "ok/r38_gz_named_csv.csv": "acme-robotics.com",
    "ok/r41_quoted_newline_in_header.csv": "acme-robotics.com",
    "unclear/h03_apify_maps.csv": "acme-cafe.de",
    "unclear/h06_swedish.csv": "acme-robotics.se",
    "unclear/h13_two_names.csv": "acme-robotics.com",
    "unclear/h15_lead_and_account.csv": "acme-robotics.com",
    "unclear/r02_cp1251.csv": "romashka-soft.ru zavod-sever.ru",
    "unclear/r10b_linkedin_connections_stripped.csv": "acme-robotics.com social_network",
    "unclear/r16_no_header.csv": "acme-robotics.com beta-tools.io",
    "unclear/r16b_no_header_emails.txt": "acme-robotics.com beta-tools.io",
    "unclear/r18_html.xls": "acme-robotics.com",
    "unclear/r20_jsonl.jsonl": "acme-robotics.com beta-tools.io",
    "unclear/r21_names_only.csv": "name_only name_only",
    "unclear/r23_linkedin_only.csv": "name_only",
    "unclear/r23b_linkedin_in_website.csv": "name_only",
    "unclear/r25_single_quotes.csv": "acme-robotics.com beta-tools.io",
    "unclear/r26_null_bytes.csv": "acme-robotics.com beta-tools.io",
    "unclear/r31_caret_sep.txt": "acme-robotics.com",
    "unclear/r39_utf32.csv": "acme-robotics.com",
    "unclear/r40_utf7_like_html_entities.csv": "acme-robotics.com",
    "unclear/w11_linkedin_then_email.csv": "acme-robotics.com beta-tools.io",
    "unclear/w15_several_with_social.csv": "acme-robotics.com beta-tools.io",
}  # fmt: skip
_NAMES = {
    "r04_shift_jis.csv": ["株式会社アクメ", "日本ソフト表"],
    "r06_mac_roman.csv": ["Müller Zürich", "Café Noël", "Bücher"],
    "r02b_cp1251_latin_headers.csv": ["Ромашка", "Завод Север", "Офис"],
    "w14_html_entity_names.csv": ["AT&T Inc.", "Johnson & Johnson", "L'Oréal"],
    "unclear/h13_two_names.csv": ["Acme"],
    "unclear/r26_null_bytes.csv": ["Acme", "Beta"],
    "unclear/r40_utf7_like_html_entities.csv": ["Müller & Söhne"],
    "ok/r30_unicode_ls.csv": ["Acme\u2028GmbH", "Beta\u0085AG"],
}


@pytest.fixture(scope="module")
def cases() -> Path:
    if not _CASES.is_dir():
        pytest.skip(f"needs the cases in {_CASES}")
    return _CASES


@pytest.mark.parametrize("name", _WANT)
def test_a_list_that_people_have_is_read_as_they_mean_it(cases, name):
    rows = read_list(cases / name).rows
    assert [row["code"] or row["domain"] for row in rows.iter_rows(named=True)] == _WANT[name].split()
    if name in _NAMES:
        assert rows["company_name"].to_list() == _NAMES[name]


def test_one_stray_quote_in_a_thousand_lines_costs_no_row(cases):
    companies = read_list(cases / "r45_stray_1.tsv")
    assert companies.counts == {"company": 1000, "rejected": 0, "duplicate": 0}
    assert "1,000 rows on 1,000 of 1,001 lines" in companies.said[0]


def test_what_was_guessed_is_said(cases):
    assert "mac_roman, a guess; --encoding" in " ".join(read_list(cases / "r06_mac_roman.csv").said)
    assert "Not utf-8: line 4, read as cp1252" in " ".join(read_list(cases / "r01_one_bad_byte_utf8.csv").said)


@pytest.mark.parametrize("name", ["ok/ok10_xlsx_named_csv.csv", "m00_mx_zone.txt"])
def test_what_is_no_list_is_refused_without_its_cells(cases, name):
    with pytest.raises(UnreadableListError) as raised:
        read_list(cases / name)
    assert "missing-dot" not in str(raised.value)
    assert Path(name).name in str(raised.value)


@pytest.mark.parametrize("header", ["Company", "company_name", "Firma"])
def test_a_list_of_one_column_of_names_is_read(tmp_path, header):
    path = tmp_path / "names.csv"
    path.write_text(f'{header}\nAcme\n"Beta, Inc"\nGamma\n')
    rows = read_list(path).rows
    assert rows["code"].to_list() == ["name_only"] * 3
    assert rows["company_name"].to_list() == ["Acme", "Beta, Inc", "Gamma"]
