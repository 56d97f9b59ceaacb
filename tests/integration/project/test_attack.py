"""Атака коротко и немногими; долго и с числами — ``make attack-test``."""

from benchmarks.stand import bench
from tests.attack.trial import Crowd, tried
from tests.support.embedded_server import linux_only

pytestmark = linux_only


def test_nothing_is_lost_and_the_stop_is_obeyed_under_attack() -> None:
    with bench() as built:
        result = tried(built, Crowd(deaf=50, slow=50, bodies=10), seconds=3)
    verdict = result.verdict
    assert (verdict.lost, verdict.doubled, verdict.denied, verdict.unexpected) == (0, 0, 0, 0)
    # Сколько это длилось, тест не судит: машина бывает занята.
    assert result.attacked.answers
    assert result.attacked.health
