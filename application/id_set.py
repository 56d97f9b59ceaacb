"""Множество номеров, которых миллионы и которые идут почти подряд."""

from attrs import define, field

_BITS = 15  # номеров в куске: 2 в этой степени, 4 КиБ


@define
class IdSet:
    """Множество неотрицательных номеров: по биту на номер, кусками там, где номера есть."""

    _parts: dict[int, bytearray] = field(factory=dict, init=False)

    def add(self, number: int) -> None:
        """Добавляет номер."""
        part = self._parts.get(number >> _BITS)
        if part is None:
            part = self._parts[number >> _BITS] = bytearray(1 << _BITS - 3)
        place = number & (1 << _BITS) - 1
        part[place >> 3] |= 1 << (place & 7)

    def __contains__(self, number: int) -> bool:
        """Говорит, есть ли такой номер."""
        place = number & (1 << _BITS) - 1
        part = self._parts.get(number >> _BITS)
        return part is not None and bool(part[place >> 3] >> (place & 7) & 1)
