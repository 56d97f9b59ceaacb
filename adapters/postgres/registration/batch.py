"""Пачка просьб: кто ещё открыт, до какого срока, был ли послан и что означает ответ."""

from collections.abc import Callable, Mapping, Sequence

from attrs import Factory, define, evolve, field

from adapters.postgres.registration.registration_request import (
    Found,
    InsertResult,
    RegistrationRequest,
)
from application.customer_repository import Outcome, Registration, RepositoryUnavailableError
from application.idempotency import IdempotencyKey, IdempotencyKeyReusedError, KnownKey
from domain.customer import Customer
from domain.errors import EmailAlreadyRegisteredError


def _no_outcomes(batch: "Batch") -> list[Outcome | None]:
    return [None] * len(batch.requests)


@define(eq=False)
class Batch:
    """Просьбы, которые пишутся вместе; просьбу называет её место, с нуля.

    Attributes:
        requests: просьбы в порядке прихода.
        until: до какого мгновения ``time.monotonic`` узнавать исходы.
        locks_owners: короткой команды мало: она не держит строки хозяев, и занятый адрес не ждал
            бы диска.
        outcomes: исходы; ``None`` — ещё не известен.
        is_split: просьбы идут порознь: чья-то строка мешала остальным.
    """

    requests: list[RegistrationRequest]
    until: float
    locks_owners: bool = field(default=False, kw_only=True)
    outcomes: list[Outcome | None] = Factory(_no_outcomes, takes_self=True)
    is_split: bool = False
    _doubtful: set[int] = field(factory=set, init=False)  # посланы, а ответа нет
    _stalled: set[int] = field(factory=set, init=False)  # прошлая команда о них не сказала ничего
    _recognised: set[int] = field(factory=set, init=False)  # покупатели, чья просьба уже найдена
    # Записанные и ключи, с которыми они записаны, по значениям ключей.
    _stored_with: dict[str, tuple[Customer, IdempotencyKey]] = field(factory=dict, init=False)

    def parts(self) -> list[list[int]]:
        """Возвращает, что послать: все открытые просьбы вместе, а если так нельзя, то по одной.

        Порознь не идёт та, что повторяет адрес или ключ открытой перед ней.
        """
        places = [place for place, outcome in enumerate(self.outcomes) if outcome is None]
        if not places or not self.is_split:
            return [places] if places else []
        return [[place] for place in self.firsts(places)]

    def firsts(self, part: list[int]) -> list[int]:
        """Возвращает первые среди просьб с одним адресом или ключом: записать можно только их."""
        requests = [self.requests[place] for place in part]
        emails = {request.customer.compared_email for request in requests}
        keys = [request.key.value for request in requests if request.key is not None]
        if len(emails) == len(requests) and len(set(keys)) == len(keys):
            return part  # обычно все разные
        seen: set[str | IdempotencyKey] = set()
        firsts = []
        for place in part:
            names = self.requests[place].names()
            if seen.isdisjoint(names):
                firsts.append(place)
            seen |= names
        return firsts

    def is_plain(self, part: Sequence[int]) -> bool:
        """Говорит, хватит ли короткой команды: ключей и прошлых попыток ни у кого нет.

        Нет и адресов, которые хранятся не такими, какими сравниваются.
        """
        if self.locks_owners:
            return False
        requests = [self.requests[place] for place in part]
        has_more = [
            one
            for one in requests
            if one.key is not None or one.customer.compared_email != one.customer.email
        ]
        return not has_more and (self._doubtful | self._stalled).isdisjoint(part)

    def give_keys(self, part: Sequence[int], make: Callable[[], IdempotencyKey]) -> None:
        """Даёт ключ просьбам без него, кроме посланных: тех по новому ключу уже не узнать."""
        for place in part:
            request = self.requests[place]
            if request.key is None and place not in self._doubtful:
                self.requests[place] = evolve(request, key=make())

    def doubt(self, part: Sequence[int]) -> None:
        """Запоминает, что просьбы посланы, а записано ли, неизвестно."""
        self._doubtful.update(part)

    def is_open(self, part: Sequence[int]) -> bool:
        """Говорит, есть ли среди них хоть одна без исхода."""
        return None in [self.outcomes[place] for place in part]

    def results(self) -> list[Outcome]:
        """Возвращает исходы; все они уже известны."""
        return [outcome for outcome in self.outcomes if outcome is not None]

    def refuse(self, part: Sequence[int], reason: Exception) -> None:
        """Отказывает открытым просьбам, кроме посланных раньше: о тех отказ ничего не говорит."""
        for place in part:
            if place not in self._doubtful and self.outcomes[place] is None:
                self.outcomes[place] = reason

    def hide(self, part: Sequence[int], reason: Exception) -> None:
        """Отказывает открытым просьбам, о которых сервер дважды не сказал ничего."""
        for place in part:
            self.outcomes[place] = self.outcomes[place] or reason

    def give_up(self) -> int:
        """Закрывает всё, чего не успели; возвращает, сколько исходов так и неизвестно."""
        open_ = {place for place, outcome in enumerate(self.outcomes) if outcome is None}
        for place in open_:
            self.outcomes[place] = _unknown() if place in self._doubtful else _not_sent()
        return len(open_ & self._doubtful)

    def answer(
        self, part: Sequence[int], found: Mapping[int, InsertResult], *, keeps_rows: bool
    ) -> bool:
        """Решает исходы по ответу на команду.

        Открытыми остаются проигравший гонку, чьего победителя эта команда ещё не видела, повтор
        того, кто сам не записан, и все, кто пришёл после них с тем же адресом или ключом.

        Args:
            part: что было послано.
            found: что команда сказала, по местам; о повторах она может и молчать.
            keeps_rows: таблица хранит строки такими, какими они посланы.

        Returns:
            Сказала ли она хоть что-то. Гонка проигрывается один раз; второй раз строки нет потому,
            что её не пускает сама база данных (триггер, RLS): сколько ни повторяй, будет то же.
        """
        undecided: set[str | IdempotencyKey] = set()
        for place in part:
            outcome = self._outcome(place, found.get(place, _NOTHING), keeps_rows=keeps_rows)
            if outcome is None and (owner_id := self._owner_of(place, found)) is not None:
                outcome = EmailAlreadyRegisteredError(self.requests[place].customer.email, owner_id)
            names = self.requests[place].names
            if outcome is None or (undecided and not undecided.isdisjoint(names())):
                undecided |= names()
            else:
                self.outcomes[place] = outcome
        if [place for place in part if self.outcomes[place] is not None]:
            self._stalled.difference_update(part)
            return True
        is_first_time = self._stalled.isdisjoint(part)
        self._stalled.update(part)
        return is_first_time

    def _outcome(self, place: int, one: InsertResult, *, keeps_rows: bool) -> Outcome | None:
        request = self.requests[place]
        new, key = request.customer, request.key
        if isinstance(one, int):
            customer = Customer.of(new, id=one)
            self._recognised.add(one)
            if key is not None:
                self._stored_with[key.value] = customer, key
            return Registration(customer)
        if key is not None and (known := self._known(key) or one.known):
            return self._replay(place, known, key)
        if one.owner_id is None:
            return None
        # С ключом себя узнают по ключу: раз он не известен, хозяин — кто-то другой.
        if key is None and one.is_same and self._recognises(place, one.owner_id):
            return Registration(Customer.of(new, id=one.owner_id))
        if key is None and place in self._doubtful and not keeps_rows:
            return _unknown()  # хозяином может быть она сама, изменённая таблицей
        return EmailAlreadyRegisteredError(new.email, one.owner_id)

    def _owner_of(self, place: int, found: Mapping[int, InsertResult]) -> int | None:
        """Возвращает, чей уже адрес просьбы, о которой команда промолчала."""
        email = self.requests[place].customer.compared_email
        for other, one in found.items():
            owner_id = one if isinstance(one, int) else one.owner_id
            if owner_id is not None and self.requests[other].customer.compared_email == email:
                return owner_id
        return None

    def _known(self, key: IdempotencyKey) -> KnownKey | None:
        if stored := self._stored_with.get(key.value):
            return KnownKey.of(*stored)
        return None

    def _replay(self, place: int, known: KnownKey, key: IdempotencyKey) -> Outcome:
        new = self.requests[place].customer
        try:
            first = known.replay(new, key)
        except IdempotencyKeyReusedError as error:
            return error
        used_at = known.first_used_at
        is_own = used_at == (key.used_at or new.registered_at)
        if is_own and self._recognises(place, known.customer_id):
            return Registration(first)
        return Registration(first, is_replay=True, used_at=used_at)

    def _recognises(self, place: int, customer_id: int) -> bool:
        """Признаёт записанное раньше записанным ради этой просьбы, если это не повтор другой."""
        if place not in self._doubtful or customer_id in self._recognised:
            return False
        self._recognised.add(customer_id)
        return True


_NOTHING = Found()


def _unknown() -> Exception:
    return RepositoryUnavailableError("it is not known whether it was stored")


def _not_sent() -> Exception:
    return RepositoryUnavailableError("there was no time left to store it")
