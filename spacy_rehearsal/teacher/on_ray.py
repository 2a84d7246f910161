"""Shards as tasks on a Ray cluster."""

import socket
from contextlib import contextmanager
from typing import Any, Iterable, Iterator, List

from ..errors import config_error
from .workers import PENDING, TeacherSettings, annotate_shard

LOCAL = "local"


def import_ray(address: str) -> Any:
    """Import Ray, and check that a cluster is there.

    address (str): Its address, or "local" for one that is to be started.
    RETURNS (Module): Ray.
    RAISES (ConfigValidationError): If Ray is not installed, or there is no cluster.
    """
    try:
        import ray
    except ImportError:
        raise config_error(
            ["ray"],
            "Ray is not installed. Install it: pip install 'spacy-rehearsal[ray]'",
        ) from None
    host, _, port = address.split("//")[-1].rpartition(":")
    if address in (LOCAL, "auto"):
        return ray
    try:
        # Ray itself would try for minutes, and exit
        socket.create_connection((host, int(port)), timeout=10).close()
    except (OSError, ValueError) as err:
        raise config_error(["ray"], explain_missing(address, err)) from None
    return ray


def explain_missing(address: str, err: Exception) -> str:
    return (
        f"there is no Ray cluster at '{address}' ({err}). Expected e.g. 10.0.0.1:6379"
    )


@contextmanager
def connect(address: str, n_process: int) -> Iterator[Any]:
    """Connect to a Ray cluster.

    address (str): Its address, or "local" to start one on this machine, which ends with
        this process.
    n_process (int): The number of processes of one that is started.
    YIELDS (Module): Ray, connected.
    RAISES (ConfigValidationError): If Ray is not installed, or there is no cluster.
    """
    ray = import_ray(address)
    options = {"num_cpus": n_process} if address == LOCAL else {}
    try:
        ray.init(address, log_to_driver=False, logging_level="error", **options)
    except (ConnectionError, ValueError, RuntimeError) as err:
        raise config_error(["ray"], explain_missing(address, err)) from None
    try:
        yield ray
    finally:
        ray.shutdown()


def annotate_on_ray(
    settings: TeacherSettings, address: str, n_process: int, shards: Iterable[List[str]]
) -> Iterator[bytes]:
    """Annotate shards on a Ray cluster. A task whose process or machine is lost is done
    again elsewhere.

    settings (TeacherSettings): The teacher's settings.
    address (str): The cluster's address, or "local" for one on this machine.
    n_process (int): The number of processes of one on this machine.
    shards (Iterable[List[str]]): The shards.
    YIELDS (bytes): The content of each shard's file, in the order in which they are
        done.
    RAISES (ConfigValidationError): If Ray is not installed, there is no cluster, or a
        task is lost again and again.
    """
    with connect(address, n_process) as ray:
        n_gpus = int(settings.gpu_id >= 0)
        # of the GPUs of a machine a task sees only its own, by number 0
        settings = settings._replace(gpu_id=n_gpus - 1)
        task = ray.remote(num_cpus=1, num_gpus=n_gpus)(annotate_shard)
        pending: List[Any] = []
        try:
            for texts in shards:
                pending.append(task.remote(settings, texts))
                n_workers = int(ray.cluster_resources().get("CPU", 1))
                if len(pending) >= PENDING * n_workers:
                    [done], pending = ray.wait(pending)
                    yield ray.get(done)
            while pending:
                [done], pending = ray.wait(pending)
                yield ray.get(done)
        except ray.exceptions.RayTaskError as err:
            raise err.cause from None
        except ray.exceptions.RayError as err:
            raise config_error(
                ["ray"],
                f"a task was lost again and again ({type(err).__name__}), perhaps for "
                "lack of memory. What is done is kept: the same command goes on.",
            ) from None
