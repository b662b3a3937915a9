"""Define-XML 2.1: what the data sets and their variables are."""

from collections.abc import Sequence
from pathlib import Path
from xml.etree import ElementTree

from gadless.export.cdisc.code_lists import CodeList, code_list
from gadless.export.cdisc.dataset import Dataset, Variable, as_ascii
from gadless.export.cdisc.dataset_json import MADE, study_oid, version_oid, width
from gadless.export.cdisc.transport import DATE
from gadless.files import write_text

ODM = "http://www.cdisc.org/ns/odm/v1.3"
DEF = "http://www.cdisc.org/ns/def/v2.1"
XLINK = "http://www.w3.org/1999/xlink"
_SPACES = {"": ODM, "def": DEF, "xlink": XLINK}
_STANDARDS = {True: ("STD.ADAM", "ADaMIG", "1.3"), False: ("STD.SDTM", "SDTMIG", "3.4")}
_KINDS = {"text": "text", "integer": "integer", "float": "float", "date": "integer"}
_GUIDE = "LF.GUIDE"

Element = ElementTree.Element


def _name(tag: str) -> str:
    space, _, local = tag.rpartition(":")
    return f"{{{_SPACES[space]}}}{local}"


def _under(above: Element, tag: str, **attributes: str) -> Element:
    """Add an element; an underscore in an attribute's name stands for a colon."""
    named = {
        _name(key.replace("_", ":")) if "_" in key else key: as_ascii(value)
        for key, value in attributes.items()
    }
    return ElementTree.SubElement(above, _name(tag), named)


def _described(above: Element, text: str) -> None:
    described = _under(above, "Description")
    said = _under(described, "TranslatedText")
    said.set("{http://www.w3.org/XML/1998/namespace}lang", "en")
    said.text = as_ascii(text)


def write_define(datasets: Sequence[Dataset], study: str, path: Path) -> None:
    """Describe data sets of one standard.

    Parameters
    ----------
    datasets : sequence of Dataset
        All of ADaM, or all of SDTM.
    study : str
        The trial's name.
    path : Path
    """
    for prefix, space in _SPACES.items():
        ElementTree.register_namespace(prefix, space)
    root = Element(
        _name("ODM"),
        {
            "ODMVersion": "1.3.2",
            "FileType": "Snapshot",
            "FileOID": f"{study_oid(study)}.{path.stem}",
            "CreationDateTime": MADE,
            "Originator": "Gadless",
            "SourceSystem": "Gadless",
            _name("def:Context"): "Submission",
        },
    )
    about = _under(root, "Study", OID=study_oid(study))
    globally = _under(about, "GlobalVariables")
    for tag, text in (
        ("StudyName", study),
        ("StudyDescription", "What the trial would have concluded without gadolinium"),
        ("ProtocolName", study),
    ):
        _under(globally, tag).text = as_ascii(text)
    _version(about, datasets, study)
    ElementTree.indent(root)
    body = ElementTree.tostring(root, encoding="unicode")
    write_text(f'<?xml version="1.0" encoding="UTF-8"?>\n{body}\n', path)


def _version(about: Element, datasets: Sequence[Dataset], study: str) -> None:
    """Add everything, in the order that the schema wants."""
    version = _under(
        about,
        "MetaDataVersion",
        OID=version_oid(study),
        Name=f"{study}, data definitions",
        Description="Data sets of Gadless",
        def_DefineVersion="2.1.0",
    )
    oid, name, number = _STANDARDS[datasets[0].is_analysis]
    standards = _under(version, "def:Standards")
    _under(standards, "def:Standard", OID=oid, Name=name, Type="IG", Version=number, Status="Final")
    guide = _under(version, "def:SupplementalDoc")
    _under(guide, "def:DocumentRef", leafID=_GUIDE)
    lists: dict[str, CodeList] = {}
    for dataset in datasets:
        for one in dataset.variables:
            found = code_list(dataset, one)
            if found is not None:
                lists[found.oid] = found
    for dataset in datasets:
        _group(version, dataset, oid)
    for dataset in datasets:
        for one in dataset.variables:
            _item(version, dataset, one)
    for listed in lists.values():
        _listed(version, listed)
    for dataset in datasets:
        for one in dataset.variables:
            _method(version, dataset, one)
    leaf = _under(version, "def:leaf", ID=_GUIDE, xlink_href="reviewers-guide.html")
    _under(leaf, "def:title").text = "Reviewer's guide"


def _group(version: Element, dataset: Dataset, standard: str) -> None:
    analysis = dataset.is_analysis
    group = _under(
        version,
        "ItemGroupDef",
        OID=f"IG.{dataset.name}",
        Name=dataset.name,
        Repeating="No" if dataset.name == "ADSL" else "Yes",
        IsReferenceData="No",
        SASDatasetName=dataset.name,
        **({} if analysis else {"Domain": dataset.name}),
        Purpose="Analysis" if analysis else "Tabulation",
        def_Structure=dataset.structure,
        def_StandardOID=standard,
        def_ArchiveLocationID=f"LF.{dataset.name}",
        **({} if len(dataset.frame) else {"def_HasNoData": "Yes"}),
    )
    _described(group, dataset.label)
    for place, one in enumerate(dataset.variables, start=1):
        more = {}
        if one.name in dataset.keys:
            more["KeySequence"] = str(dataset.keys.index(one.name) + 1)
        if _has_method(one):
            more["MethodOID"] = f"MT.{dataset.name}.{one.name}"
        filled = one.name in dataset.keys and _is_filled(dataset, one)
        _under(
            group,
            "ItemRef",
            ItemOID=f"IT.{dataset.name}.{one.name}",
            OrderNumber=str(place),
            Mandatory="Yes" if filled else "No",
            **more,
        )
    name, _, below = dataset.standing.partition("/")
    standing = _under(group, "def:Class", Name=name)
    if below:
        _under(standing, "def:SubClass", Name=below)
    file = f"{dataset.name.lower()}.xpt"
    leaf = _under(group, "def:leaf", ID=f"LF.{dataset.name}", xlink_href=file)
    _under(leaf, "def:title").text = file


def _item(version: Element, dataset: Dataset, variable: Variable) -> None:
    more = {"def_DisplayFormat": DATE} if variable.kind == "date" else {}
    if variable.kind == "float":
        more["SignificantDigits"] = "12"
    item = _under(
        version,
        "ItemDef",
        OID=f"IT.{dataset.name}.{variable.name}",
        Name=variable.name,
        SASFieldName=variable.name,
        DataType=_KINDS[variable.kind],
        Length=str(width(dataset, variable)),
        **more,
    )
    _described(item, variable.label)
    found = code_list(dataset, variable)
    if found is not None:
        _under(item, "CodeListRef", CodeListOID=found.oid)
    origin = _under(item, "def:Origin", Type=variable.origin, Source="Sponsor")
    if variable.said and not _has_method(variable):
        _described(origin, variable.said)


def _listed(version: Element, listed: CodeList) -> None:
    element = _under(version, "CodeList", OID=listed.oid, Name=listed.name, DataType=listed.kind)
    element.set(_name("def:IsNonStandard"), "Yes")
    decoded = any(listed.values.values())
    for value, meaning in listed.values.items():
        if not decoded:
            _under(element, "EnumeratedItem", CodedValue=value)
            continue
        item = _under(element, "CodeListItem", CodedValue=value)
        decode = _under(item, "Decode")
        said = _under(decode, "TranslatedText")
        said.set("{http://www.w3.org/XML/1998/namespace}lang", "en")
        said.text = as_ascii(meaning or value)


def _has_method(variable: Variable) -> bool:
    return variable.origin == "Derived" and bool(variable.said)


def _is_filled(dataset: Dataset, variable: Variable) -> bool:
    column = dataset.frame[variable.name]
    return bool((column != "").all() if variable.kind == "text" else column.notna().all())


def _method(version: Element, dataset: Dataset, variable: Variable) -> None:
    if _has_method(variable):
        oid = f"MT.{dataset.name}.{variable.name}"
        name = f"{dataset.name}.{variable.name}"
        _described(
            _under(version, "MethodDef", OID=oid, Name=name, Type="Computation"), variable.said
        )
