"""Definitions, Dataset-JSON and guide: against the transport files, and schemas of others."""

import importlib.util
import json
import re
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import pandas as pd
import pyreadstat
import pytest
from cdisc_trial import NAMES

SPACES = {"o": "http://www.cdisc.org/ns/odm/v1.3", "d": "http://www.cdisc.org/ns/def/v2.1"}
XLINK = "{http://www.w3.org/1999/xlink}href"
DEFINES = ("define.xml", "define-sdtm.xml")


def _parsed(exported, name):
    return ElementTree.parse(exported.folder / name).getroot()


@pytest.fixture(scope="module")
def described(exported):
    """Item definitions by data set, in order, and code lists, of both files."""
    groups, lists = {}, {}
    for name in DEFINES:
        root = _parsed(exported, name)
        items = {item.get("OID"): item for item in root.iterfind(".//o:ItemDef", SPACES)}
        for group in root.iterfind(".//o:ItemGroupDef", SPACES):
            refs = group.findall("o:ItemRef", SPACES)
            assert [int(ref.get("OrderNumber")) for ref in refs] == list(range(1, len(refs) + 1))
            groups[group.get("Name").lower()] = (group, [items[r.get("ItemOID")] for r in refs])
        for listed in root.iterfind(".//o:CodeList", SPACES):
            cells = [*listed.iterfind("o:CodeListItem", SPACES)]
            cells += listed.findall("o:EnumeratedItem", SPACES)
            lists[listed.get("OID")] = {cell.get("CodedValue") for cell in cells}
    return groups, lists


@pytest.mark.parametrize("name", NAMES)
def test_the_definition_is_of_the_file(exported, described, name):
    frame, meta = pyreadstat.read_xport(exported.folder / f"{name}.xpt")
    group, items = described[0][name]
    assert [item.get("Name") for item in items] == list(frame.columns)
    assert group.find("d:leaf", SPACES).get(XLINK) == f"{name}.xpt"
    assert group.find("o:Description/o:TranslatedText", SPACES).text
    for item in items:
        variable = item.get("Name")
        label = item.find("o:Description/o:TranslatedText", SPACES).text
        assert label == meta.column_names_to_labels[variable]
        text = meta.readstat_variable_types[variable] == "string"
        assert (item.get("DataType") == "text") == text
        width = meta.variable_storage_width[variable]
        assert int(item.get("Length")) == (width if text else 8)
        date = item.get(f"{{{SPACES['d']}}}DisplayFormat")
        assert (date == "DATE9.") == (meta.original_variable_types[variable] == "DATE9")


@pytest.mark.parametrize("name", NAMES)
def test_every_value_is_in_its_code_list(frames, described, name):
    groups, lists = described
    coded = 0
    for item in groups[name][1]:
        reference = item.find("o:CodeListRef", SPACES)
        if reference is not None:
            values = frames[name][item.get("Name")]
            if item.get("DataType") == "integer":
                values = values.dropna().map("{:.0f}".format)
            assert set(values) - {""} <= lists[reference.get("CodeListOID")], item.get("Name")
            coded += 1
    assert coded


@pytest.mark.parametrize("name", DEFINES)
def test_what_is_referred_to_is_there_once(exported, name):
    root = _parsed(exported, name)
    known = [
        one.get("OID") or one.get("ID") for one in root.iter() if one.get("OID") or one.get("ID")
    ]
    assert len(set(known)) == len(known)
    ends = ("ItemOID", "CodeListOID", "MethodOID", "leafID", "StandardOID", "ArchiveLocationID")
    referred = {
        value for one in root.iter() for key, value in one.attrib.items() if key.endswith(ends)
    }
    assert len(referred) > 40
    assert referred <= set(known)
    for leaf in root.iterfind(".//d:leaf", SPACES):
        assert (exported.folder / leaf.get(XLINK)).exists()


@pytest.mark.parametrize("name", DEFINES)
def test_cdiscs_own_schema_accepts_the_definition(exported, name):
    """The schemas come with odmlib, which is no dependency of ours."""
    xmlschema = pytest.importorskip("xmlschema")
    found = importlib.util.find_spec("odmlib")
    if found is None or found.origin is None:
        pytest.skip("odmlib, which holds CDISC's schemas, is not installed")
    schema = Path(found.origin).parent / "schemas" / "define" / "2.1" / "define2-1-0.xsd"
    checked = xmlschema.XMLSchema(str(schema))
    assert [error.reason for error in checked.iter_errors(str(exported.folder / name))] == []


@pytest.mark.parametrize("name", NAMES)
def test_json_holds_what_the_transport_file_holds(exported, frames, described, name):
    data = json.loads((exported.folder / f"{name}.json").read_text())
    assert data["datasetJSONVersion"] == "1.1.0"
    columns, rows = data["columns"], data["rows"]
    assert [each["name"] for each in columns] == list(frames[name].columns)
    assert data["records"] == len(rows) == len(frames[name])
    assert [each["itemOID"] for each in columns] == [
        item.get("OID") for item in described[0][name][1]
    ]
    for place, column in enumerate(columns):
        cells = pd.Series([row[place] for row in rows], dtype=object)
        if column["dataType"] == "date":
            cells = (pd.to_datetime(cells) - pd.Timestamp("1960-01-01")).dt.days
        expected = frames[name][column["name"]].astype(object)
        same = (cells == expected) | (cells.isna() & expected.isna())
        assert same.all(), column["name"]


def test_odmlib_reads_the_json(exported):
    model = pytest.importorskip("odmlib.dataset_json_1_1.model")
    for name in NAMES:
        read = model.DatasetJSON.read_json(str(exported.folder / f"{name}.json"))
        assert read.records == len(read.rows)


def test_the_same_tables_give_the_same_bytes(exported, tmp_path):
    again = exported.again(tmp_path)
    names = {path.name for path in exported.folder.iterdir()}
    assert names == {path.name for path in again.iterdir()}
    assert len(names) == 2 * len(NAMES) + 3
    for name in sorted(names):
        assert (again / name).read_bytes() == (exported.folder / name).read_bytes(), name


class _Page(HTMLParser):
    """Rows of every table of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[list[str]] = []
        self._cell = False

    def handle_starttag(self, tag, attrs):
        if tag == "tr":
            self.rows.append([])
        elif tag in ("td", "th"):
            self.rows[-1].append("")
        self._cell = tag in ("td", "th")

    def handle_endtag(self, tag):
        self._cell = self._cell and tag not in ("td", "th")

    def handle_data(self, data):
        if self._cell:
            self.rows[-1][-1] += data


def test_the_guide_lists_every_parameter_with_its_counts(exported, frames):
    page = _Page()
    text = (exported.folder / "reviewers-guide.html").read_text()
    page.feed(text)
    listed = {(row[0], row[1]): row for row in page.rows if len(row) == 10}
    listed.pop(("Data set", "PARAMCD"))
    expected = set()
    for name in ("adtte", "adrs", "adtr"):
        for code, own in frames[name].groupby("PARAMCD"):
            row = listed[(name.upper(), code)]
            counts = (len(own), (own["ANL01FL"] == "Y").sum(), own["USUBJID"].nunique())
            assert tuple(map(int, row[7:])) == counts
            expected.add((name.upper(), code))
    assert set(listed) == expected
    assert re.search(r"For 18 of 36 subjects", text)
    assert "2000-01-01" in text
