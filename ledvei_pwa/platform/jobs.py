"""The worker: runs the house's jobs, through huey, in this process or in many.

huey only wakes us up and hands work to threads: its queue may be lost at any time. When a job last ran is
kept in our own table and claimed there, so two workers, a restart or a machine that slept make no job run
twice at once or never. What a job does is safe to repeat in any case.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import structlog
from flask import Flask, current_app
from huey import Huey, RedisHuey, SqliteHuey
from huey.consumer import Consumer
from sqlalchemy import String, delete, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, mapped_column

from ledvei_pwa.platform.database import Base, UtcDateTime, db
from ledvei_pwa.platform.errors import without_content
from ledvei_pwa.platform.registry import House, Job

log = structlog.get_logger(__name__)

EXTENSION = "ledvei_jobs"
QUEUE_NAME = "ledvei"
THREADS = 2  # a long job must not hold up the heartbeat
ALIVE_WITHIN = timedelta(minutes=3)
FORGOTTEN_AFTER = timedelta(days=1)
KILLED_AFTER = timedelta(minutes=10)  # a job that began so long ago and never ended died with its worker
EARLY = timedelta(seconds=30)  # huey wakes every 60 s or so: a few seconds early is due, not a minute late
TASK_EXPIRES_SECONDS = 300  # what waited this long in the queue has been asked for again since


class WorkerHeartbeat(Base):
    """One row per worker process of this installation; belongs to no service."""

    __tablename__ = "worker_heartbeat"

    name: Mapped[str] = mapped_column(String(200), primary_key=True)  # host:process
    started_at: Mapped[datetime] = mapped_column(UtcDateTime)
    seen_at: Mapped[datetime] = mapped_column(UtcDateTime)


class JobRun(Base):
    """When each job last began, ended and failed; belongs to no service."""

    __tablename__ = "job_run"

    name: Mapped[str] = mapped_column(String(80), primary_key=True)
    began_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    running: Mapped[bool] = mapped_column(default=False)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    failed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    failure: Mapped[str] = mapped_column(String(120), default="")  # the kind of error, never its text


@dataclass(frozen=True)
class WorkerState:
    """What `ledvei doctor` and /healthz say. `failing`: jobs whose last run failed."""

    alive: bool
    seen_at: datetime | None
    failing: tuple[str, ...] = ()


@dataclass
class RunningWorker:
    """A worker inside this process."""

    consumer: Consumer

    def stop(self) -> None:
        """Wait for the jobs at work, then end the threads."""
        self.consumer.stop(graceful=True)


@dataclass
class _Jobs:
    app: Flask
    started_at: datetime = field(default_factory=lambda: datetime.now(UTC))

    @property
    def worker_name(self) -> str:
        return f"{socket.gethostname()}:{os.getpid()}"

    @property
    def house(self) -> House:
        return cast("House", self.app.extensions["ledvei"])


def init_app(app: Flask) -> None:
    """Nothing is opened before a worker starts: most processes only write rows for it."""
    app.extensions[EXTENSION] = _Jobs(app)


# --- starting and stopping --------------------------------------------------------------------------------


def start_worker(app: Flask) -> RunningWorker:
    """Run the jobs on threads of this process until `stop()`."""
    consumer = _ConsumerInside(new_queue(app), **_consumer_options())
    _beat_of(app)
    consumer.start()
    return RunningWorker(consumer)


def run_worker_forever(app: Flask) -> None:
    """Run the jobs until SIGTERM or SIGINT, and let those at work end: `ledvei worker`."""
    consumer = Consumer(new_queue(app), graceful_signal="TERM", **_consumer_options())
    # huey listens last of all. Told to stop while it starts, it ends as it should all the same.
    consumer._set_signal_handlers()
    _beat_of(app)
    consumer.run()


class _ConsumerInside(Consumer):  # type: ignore[misc]  # huey has no types
    """Leaves the signals to the server it lives in."""

    def _set_signal_handlers(self) -> None:
        return


def _consumer_options() -> dict[str, Any]:
    return {"workers": THREADS, "max_delay": 5.0, "scheduler_interval": 5, "shutdown_timeout": 30}


def new_queue(app: Flask) -> Huey:
    """A huey with one periodic task per job of the house, and the heartbeat."""
    jobs = cast("_Jobs", app.extensions[EXTENSION])
    queue = _open_queue(jobs.house)
    _each_minute(queue, "heartbeat", lambda: _beat_of(app))
    for job in jobs.house.jobs.values():
        _each_minute(queue, job.name, _runner(app, job))
    return queue


def _open_queue(house: House) -> Huey:
    settings = house.settings
    if settings.redis_url:
        return RedisHuey(QUEUE_NAME, url=settings.redis_url, results=False)
    return SqliteHuey(QUEUE_NAME, filename=str(settings.instance_path / "jobs.sqlite3"), results=False)


def _each_minute(queue: Huey, name: str, function: Callable[[], None]) -> None:
    always = lambda _timestamp: True  # noqa: E731 — whether it is due is asked of our own table
    queue.periodic_task(always, name=f"job_{name}", expires=TASK_EXPIRES_SECONDS)(function)


def _runner(app: Flask, job: Job) -> Callable[[], None]:
    return lambda: _in_app(app, lambda now: run_if_due(job, now))


def _in_app(app: Flask, function: Callable[[datetime], object]) -> None:
    with app.app_context():
        try:
            function(datetime.now(UTC))
        except Exception as error:  # a thread of the worker must outlive a database that is away for a while
            db.session.rollback()
            log.error("worker_failed", **without_content(error))


# --- running a job ----------------------------------------------------------------------------------------


def run_if_due(job: Job, now: datetime) -> bool:
    """Run the job unless it began less than `every_minutes` ago or is still running, in whatever worker."""
    if not _claim(job, now):
        return False
    run_job(job, now)
    return True


def run_job(job: Job, now: datetime) -> bool:
    """Run the job once, now. A failure is logged without its text, which may quote what people wrote."""
    try:
        job.run(now)
        db.session.rollback()  # what a job did not commit it did not mean to keep
    except Exception as error:
        db.session.rollback()
        log.error("job_failed", job=job.name, **without_content(error))
        _note(job, running=False, failed_at=now, failure=type(error).__name__[:120])
        return False
    _note(job, running=False, ended_at=now, failed_at=None, failure="")
    return True


def run_all(now: datetime) -> None:
    """Run every job of the current app once, in order: for tests and the demo."""
    jobs = cast("_Jobs", current_app.extensions[EXTENSION])
    for job in jobs.house.jobs.values():
        run_job(job, now)


def _claim(job: Job, now: datetime) -> bool:
    _know(job)
    last = now - timedelta(minutes=job.every_minutes) + min(EARLY, timedelta(minutes=job.every_minutes) / 2)
    due = or_(JobRun.began_at.is_(None), JobRun.began_at <= last)
    free = or_(JobRun.running.is_(False), JobRun.began_at <= now - KILLED_AFTER)
    claim = update(JobRun).where(JobRun.name == job.name, due, free).values(began_at=now, running=True)
    claimed = db.session.execute(claim)
    db.session.commit()
    return bool(cast("Any", claimed).rowcount == 1)


def _know(job: Job) -> None:
    if db.session.get(JobRun, job.name):
        return
    try:
        db.session.add(JobRun(name=job.name))
        db.session.commit()
    except IntegrityError:  # another worker was first
        db.session.rollback()


def _note(job: Job, **values: object) -> None:
    _know(job)
    db.session.execute(update(JobRun).where(JobRun.name == job.name).values(**values))
    db.session.commit()


# --- alive? -----------------------------------------------------------------------------------------------


def _beat_of(app: Flask) -> None:
    """Once as a worker begins; then through the queue, and whichever worker takes it is heard of."""
    jobs = cast("_Jobs", app.extensions[EXTENSION])
    _in_app(app, lambda now: beat(jobs.worker_name, jobs.started_at, now))


def beat(worker: str, started_at: datetime, now: datetime) -> None:
    """Say that this worker is alive, and forget those not heard of for a day."""
    db.session.execute(delete(WorkerHeartbeat).where(WorkerHeartbeat.seen_at < now - FORGOTTEN_AFTER))
    row = db.session.get(WorkerHeartbeat, worker)
    if row is None:
        db.session.add(WorkerHeartbeat(name=worker, started_at=started_at, seen_at=now))
    else:
        row.started_at, row.seen_at = started_at, now
    db.session.commit()


def worker_state(now: datetime) -> WorkerState:
    """Whether any worker of this installation has been heard of lately, and which jobs fail."""
    seen_at = db.session.scalar(
        select(WorkerHeartbeat.seen_at).order_by(WorkerHeartbeat.seen_at.desc()).limit(1)
    )
    failing = db.session.scalars(
        select(JobRun.name).where(JobRun.failed_at.is_not(None)).order_by(JobRun.name)
    )
    return WorkerState(
        alive=seen_at is not None and now - seen_at <= ALIVE_WITHIN, seen_at=seen_at, failing=tuple(failing)
    )
