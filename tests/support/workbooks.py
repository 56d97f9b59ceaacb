"""Книги .xlsx, собранные по частям: какие значения в каких ячейках, известно до байта."""

import io
import string
import zipfile
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from xml.sax.saxutils import escape

type Cell = str | float | bool | None

_DAY_ZERO = datetime(1899, 12, 30)  # noqa: DTZ001 — дни в книге без пояса
DAY = object()
"""Ячейка с числом, у которой формат даты."""

_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_TYPES = (
    f'<Types xmlns="{_PACKAGE}/content-types"><Default Extension="xml"'
    ' ContentType="application/xml"/></Types>'
)
_ROOT = (
    f'<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="r0"'
    f' Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>'
)
_STYLES = (
    f'<styleSheet xmlns="{_MAIN}"><cellXfs count="2"><xf numFmtId="0"/><xf numFmtId="14"/>'
    "</cellXfs></styleSheet>"
)


def workbook(
    sheets: Mapping[str, Sequence[Sequence[object]]],
    hidden: Sequence[str] = (),
    first_row: int = 1,
    *,
    far_cell: str = "",
) -> bytes:
    """Собирает книгу.

    Args:
        sheets: строки листов по их именам; ``None`` — пустая ячейка.
        hidden: имена скрытых листов.
        first_row: с какой строки листа они начинаются.
        far_cell: ссылка на ещё одну ячейку каждого листа, после всех строк.
    """
    content = io.BytesIO()
    names = list(sheets)
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("[Content_Types].xml", _TYPES)
        archive.writestr("_rels/.rels", _ROOT)
        archive.writestr("xl/styles.xml", _STYLES)
        archive.writestr("xl/workbook.xml", _workbook_xml(names, hidden))
        archive.writestr("xl/_rels/workbook.xml.rels", _relationships(names))
        for number, name in enumerate(names, 1):
            archive.writestr(
                f"xl/worksheets/sheet{number}.xml", _sheet(sheets[name], first_row, far_cell)
            )
    return content.getvalue()


def _workbook_xml(names: Sequence[str], hidden: Sequence[str]) -> str:
    sheets = "".join(
        f'<sheet name="{name}" sheetId="{number}" r:id="r{number}"'
        f"{' state="hidden"' if name in hidden else ''}/>"
        for number, name in enumerate(names, 1)
    )
    return f'<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><sheets>{sheets}</sheets></workbook>'


def _relationships(names: Sequence[str]) -> str:
    ones = "".join(
        f'<Relationship Id="r{number}" Type="{_OFFICE}/worksheet"'
        f' Target="worksheets/sheet{number}.xml"/>'
        for number, _ in enumerate(names, 1)
    )
    styles = f'<Relationship Id="s" Type="{_OFFICE}/styles" Target="styles.xml"/>'
    return f'<Relationships xmlns="{_PACKAGE}/relationships">{ones}{styles}</Relationships>'


def _sheet(rows: Sequence[Sequence[object]], first_row: int, far_cell: str) -> str:
    lines = "".join(
        f'<row r="{number}">'
        + "".join(_cell(f"{chr(65 + place)}{number}", value) for place, value in enumerate(row))
        + "</row>"
        for number, row in enumerate(rows, first_row)
    )
    if far_cell:
        row = far_cell.lstrip(string.ascii_uppercase)
        lines += f'<row r="{row}"><c r="{far_cell}" t="str"><v>x</v></c></row>'
    return f'<worksheet xmlns="{_MAIN}"><sheetData>{lines}</sheetData></worksheet>'


def _cell(place: str, value: object) -> str:
    if value is None:
        return ""
    if value is DAY:
        return f'<c r="{place}" s="1"><v>33</v></c>'
    if isinstance(value, date):
        moment = value if isinstance(value, datetime) else datetime.combine(value, time())
        days = (moment - _DAY_ZERO) / timedelta(days=1)
        return f'<c r="{place}" s="1"><v>{days!r}</v></c>'
    if isinstance(value, bool):
        return f'<c r="{place}" t="b"><v>{value:d}</v></c>'
    if isinstance(value, int | float):
        return f'<c r="{place}"><v>{value!r}</v></c>'
    return f'<c r="{place}" t="inlineStr"><is><t>{escape(str(value))}</t></is></c>'
