"""Слова отчёта на двух языках."""

from application.report_registrations import Countries, Grouping, GroupName, Section
from application.small_groups import FEWEST_SHOWN, Shown, Withheld
from entrypoints.texts import Language, Phrase

FEW = f"< {FEWEST_SHOWN}"
"""Вместо числа, которое меньше."""

TITLE = Phrase("Регистрации", "Registrations")
DESCRIPTION = Phrase(
    "Сколько покупателей зарегистрировано; личных данных нет",
    "How many customers registered; no personal data",
)
TITLES = {
    Grouping.DAY: Phrase("По дням", "By day"),
    Grouping.WEEK: Phrase("По неделям", "By week"),
    Grouping.MONTH: Phrase("По месяцам", "By month"),
    Grouping.COUNTRY: Phrase("По странам", "By country"),
    Grouping.AGE: Phrase("По возрасту", "By age"),
}
BY_TIME = {Grouping.DAY, Grouping.WEEK, Grouping.MONTH}
REFUSED = Phrase("Отказы", "Refused")
GROUP = {
    Grouping.DAY: Phrase("День", "Day"),
    Grouping.WEEK: Phrase("Неделя", "Week"),
    Grouping.MONTH: Phrase("Месяц", "Month"),
    Grouping.COUNTRY: Phrase("Страна", "Country"),
    Grouping.AGE: Phrase("Возраст", "Age"),
}
CODE = Phrase("Код", "Code")
COUNT = Phrase("Сколько", "Number")
TOTAL = Phrase("Всего", "Total")
FIGURES = Phrase("Числа", "Figures")
NO_GROUPS = Phrase(
    "Показать нельзя: при таком общем числе малые группы вычислялись бы из остальных.",
    "Cannot be shown: with this total, small groups could be computed from the others.",
)
_SMALL_AGES = Phrase("{few}: меньше пяти или никого.", "{few}: fewer than five, or nobody.")
_COMPANION = Phrase(
    "Скрыто и число, которое не мало: из него нашлось бы малое.",
    "A number that is not small is hidden, too: the small one could be computed from it.",
)
_SMALL_COUNTRIES = Phrase(
    "Страны, где меньше пяти ({few}), не названы и сложены вместе; если и вместе их меньше пяти, с"
    " ними и наименьшая из названных.",
    "Countries with fewer than five ({few}) are not named but counted together, with the smallest"
    " of the others where together they are still fewer than five.",
)
PERIOD = Phrase("с {since} по {until}", "from {since} to {until}")
ABOUT = Phrase("примерно", "about")
_OTHERS = Phrase("остальные страны", "other countries")
_NOT_TOLD = Phrase("не указано", "not told")
_HIDDEN = Phrase("скрыто", "hidden")


def group_name(name: GroupName, language: Language) -> str:
    """Называет группу."""
    if name is None:
        return _NOT_TOLD.text(language, {})
    return _OTHERS.text(language, {}) if name is Countries.OTHERS else name


def shown_number(shown: Shown | None, language: Language) -> str:
    """Пишет число или то, что стоит вместо него; разряды разделены пробелом."""
    if isinstance(shown, int):
        return f"{shown:,}".replace(",", " ")
    return _HIDDEN.text(language, {}) if shown is Withheld.COMPANION else FEW


def note(section: Section, language: Language) -> str:
    """Что сказать о скрытом, если скрыто что-нибудь."""
    groups = section.groups or ()
    if section.grouping is Grouping.COUNTRY and any(name is Countries.OTHERS for name, _ in groups):
        return _SMALL_COUNTRIES.text(language, {"few": FEW})
    hidden = {shown for _, shown in groups if isinstance(shown, Withheld)}
    told = [_SMALL_AGES.text(language, {"few": FEW})] if hidden else []
    if Withheld.COMPANION in hidden:
        told.append(_COMPANION.text(language, {}))
    return " ".join(told)
