"""The worker: jobs run when due, once, and one that fails neither stops the others nor tells what it read."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask
from huey import RedisHuey, SqliteHuey
from sqlalchemy import select
from structlog.testing import capture_logs

from ledvei_pwa.platform import jobs
from ledvei_pwa.platform.database import db
from ledvei_pwa.platform.jobs import (
    JobRun,
    WorkerHeartbeat,
    WorkerState,
    run_all,
    run_if_due,
    run_job,
    worker_state,
)
from ledvei_pwa.platform.registry import House, Job

STOPPING = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
NOON = datetime(2026, 11, 18, 11, 0, tzinfo=UTC)


@pytest.fixture
def ran() -> list[datetime]:
    return []


@pytest.fixture
def each_minute(app: Flask, ran: list[datetime]) -> Job:
    return Job("each_minute", ran.append, every_minutes=1)


def minutes(count: float) -> timedelta:
    return timedelta(minutes=count)


def failing_job(message: str = "") -> Job:
    def fail(_now: datetime) -> None:
        raise ValueError(message)

    return Job("failing", fail, every_minutes=1)


# --- when


def test_a_job_that_never_ran_is_due(each_minute: Job, ran: list[datetime]) -> None:
    assert run_if_due(each_minute, NOON)
    assert ran == [NOON]


def test_a_job_is_due_again_after_its_minutes(app: Flask, ran: list[datetime]) -> None:
    hourly = Job("hourly", ran.append, every_minutes=60)
    for after in (0, 1, 30, 59, 60, 61, 120):
        run_if_due(hourly, NOON + minutes(after))
    assert ran == [NOON, NOON + minutes(60), NOON + minutes(120)]


def test_a_tick_a_few_seconds_early_does_not_skip_the_minute(each_minute: Job, ran: list[datetime]) -> None:
    run_if_due(each_minute, NOON)
    assert run_if_due(each_minute, NOON + timedelta(seconds=55))


def test_a_job_missed_while_the_machine_slept_runs_when_it_wakes(app: Flask, ran: list[datetime]) -> None:
    daily = Job("daily", ran.append, every_minutes=24 * 60)
    run_if_due(daily, NOON)
    assert run_if_due(daily, NOON + timedelta(days=3, minutes=7))
    assert not run_if_due(daily, NOON + timedelta(days=3, minutes=8))


def test_a_job_at_work_is_not_begun_by_another_worker(app: Flask) -> None:
    begun_inside: list[bool] = []
    job = Job("long", lambda now: begun_inside.append(run_if_due(job, now + minutes(5))), every_minutes=1)
    assert run_if_due(job, NOON)
    assert begun_inside == [False]


def test_a_job_whose_worker_was_killed_is_begun_again(each_minute: Job, ran: list[datetime]) -> None:
    db.session.add(JobRun(name="each_minute", began_at=NOON, running=True))
    db.session.commit()
    assert not run_if_due(each_minute, NOON + minutes(9))
    assert run_if_due(each_minute, NOON + minutes(10))


def test_two_workers_at_the_same_moment_run_a_job_once(
    app: Flask, each_minute: Job, ran: list[datetime]
) -> None:
    start = threading.Barrier(4)

    def work() -> None:
        with app.app_context():
            start.wait(10)
            run_if_due(each_minute, NOON)
            db.session.remove()

    workers = [threading.Thread(target=work) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(30)
    assert ran == [NOON]


# --- what goes wrong


def test_a_failing_job_does_not_stop_the_next_one(
    house: House, app: Flask, ran: list[datetime], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(house, "jobs", {"a": failing_job(), "b": Job("b", ran.append, every_minutes=1)})
    run_all(NOON)
    assert ran == [NOON]


def test_a_failure_is_logged_without_its_text(app: Flask) -> None:
    with capture_logs() as logs:
        assert not run_job(failing_job("Kari Nordmann ringte"), NOON)
    assert [(entry["event"], entry["job"], entry["error"]) for entry in logs] == [
        ("job_failed", "failing", "ValueError")
    ]
    assert any(place.startswith("test_jobs.py:") for place in logs[0]["places"])
    assert "Kari" not in str(logs)


def test_what_a_failing_job_had_written_is_taken_back(app: Flask) -> None:
    def write_and_fail(now: datetime) -> None:
        db.session.add(WorkerHeartbeat(name="half", started_at=now, seen_at=now))
        db.session.flush()
        raise ValueError

    run_job(Job("half", write_and_fail, every_minutes=1), NOON)
    assert db.session.scalar(select(WorkerHeartbeat).where(WorkerHeartbeat.name == "half")) is None


def test_a_failing_job_is_told_until_it_succeeds(app: Flask) -> None:
    run_job(failing_job(), NOON)
    assert worker_state(NOON).failing == ("failing",)
    run_job(Job("failing", lambda _now: None, every_minutes=1), NOON)
    assert worker_state(NOON).failing == ()


# --- alive


def test_a_worker_that_never_was_is_not_alive(app: Flask) -> None:
    assert worker_state(NOON) == WorkerState(alive=False, seen_at=None)


def test_a_worker_is_alive_for_three_minutes_after_its_last_beat(app: Flask) -> None:
    jobs.beat("host:1", NOON, NOON)
    assert worker_state(NOON + minutes(3)).alive
    assert not worker_state(NOON + minutes(3.1)).alive


def test_one_of_several_workers_is_enough(app: Flask) -> None:
    jobs.beat("host:1", NOON, NOON)
    jobs.beat("host:2", NOON, NOON + minutes(10))
    assert worker_state(NOON + minutes(11)) == WorkerState(alive=True, seen_at=NOON + minutes(10))


def test_workers_of_yesterday_are_forgotten(app: Flask) -> None:
    jobs.beat("host:1", NOON, NOON)
    jobs.beat("host:2", NOON, NOON + timedelta(days=1, seconds=1))
    assert list(db.session.scalars(select(WorkerHeartbeat.name))) == ["host:2"]


# --- the real thing


@pytest.fixture
def only(house: House, monkeypatch: pytest.MonkeyPatch) -> Callable[[Job], None]:
    """Let the house have just this job."""
    return lambda job: monkeypatch.setattr(house, "jobs", {job.name: job})


@pytest.fixture
def worker_of(app: Flask) -> Iterator[Callable[[], jobs.RunningWorker]]:
    started: list[jobs.RunningWorker] = []

    def start() -> jobs.RunningWorker:
        started.append(jobs.start_worker(app))
        return started[-1]

    yield start
    for worker in started:
        worker.stop()


def test_a_worker_inside_the_server_runs_the_jobs_and_says_that_it_lives(
    only: Callable[[Job], None],
    worker_of: Callable[[], jobs.RunningWorker],
    each_minute: Job,
    ran: list[datetime],
) -> None:
    only(each_minute)
    worker_of()
    wait_until(lambda: bool(ran) and worker_state(datetime.now(UTC)).alive)
    assert len(ran) == 1


def test_a_stopped_worker_lets_its_job_end(
    only: Callable[[Job], None], worker_of: Callable[[], jobs.RunningWorker]
) -> None:
    begun, ended = threading.Event(), threading.Event()

    def work(_now: datetime) -> None:
        begun.set()
        time.sleep(0.5)
        ended.set()

    only(Job("slow", work, every_minutes=1))
    worker = worker_of()
    assert begun.wait(20)
    worker.stop()
    assert ended.is_set()


def test_a_worker_told_to_stop_while_it_starts_ends_as_it_should(
    app: Flask, only: Callable[[Job], None], each_minute: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unheard(number: int, _frame: object) -> None:
        raise AssertionError(f"nobody listened to signal {number}")

    before = {number: signal.signal(number, unheard) for number in STOPPING}
    only(each_minute)
    monkeypatch.setattr(jobs, "_beat_of", lambda _app: os.kill(os.getpid(), signal.SIGTERM))
    try:
        jobs.run_worker_forever(app)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def test_the_queue_is_a_file_in_the_instance_folder_by_default(app: Flask, house: House) -> None:
    queue = jobs.new_queue(app)
    assert isinstance(queue, SqliteHuey)
    assert Path(queue.storage.filename) == house.settings.instance_path / "jobs.sqlite3"
    queue.storage.close()


def test_the_queue_is_redis_when_its_address_is_set(make_app: Callable[..., Flask]) -> None:
    queue = jobs.new_queue(make_app(redis_url="redis://localhost:6379/9"))
    assert isinstance(queue, RedisHuey)


def test_every_job_of_the_house_is_handed_to_the_queue(app: Flask, house: House) -> None:
    queue = jobs.new_queue(app)
    names = {task.removeprefix("huey.api.job_") for task in queue._registry._registry}
    queue.storage.close()
    assert {"deliver_reminders", "forget_old_reminders"} <= set(house.jobs)
    assert {name.rsplit("job_")[-1] for name in names} == {"heartbeat", *house.jobs}


def wait_until(true: Callable[[], bool], seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.05)
        db.session.rollback()
        db.session.expire_all()
