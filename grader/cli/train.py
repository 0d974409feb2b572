"""The commands ``grader train`` and ``grader compare``."""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

import click
from rich.console import Console

from grader.cli.common import traceback_option
from grader.cli.progress import PlainProgress
from grader.cli.training_display import ENDINGS, TrainingDisplay, comparison_table, results_table
from grader.core.errors import GraderError, OtherTrainingError
from grader.core.kit import kit_module
from grader.core.results import TIERS
from grader.training import experiment as session
from grader.training import pictures, sweep
from grader.training.network_text import NETWORKS
from grader.training.settings import OPTIMISERS, SCHEDULES, Settings
from grader.training.trainer import Trainer

STANDARD = Settings()


@click.command("train")
@click.option(
    "--net", "nets", type=click.Choice(list(NETWORKS)), multiple=True, help="The network; may be repeated."
)
@click.option(
    "--network",
    "text",
    metavar="LAYERS",
    help="Your own network, such as 'conv 8 3x3, relu, flatten, dense 10'.",
)
@click.option(
    "--layers",
    default=session.STANDARD_LAYERS,
    show_default=True,
    metavar="PATH",
    help="The layers to train with: a submission, 'solution', or 'fast' for the kit's fastest.",
)
@click.option(
    "--optimiser", "--optimizer", type=click.Choice(OPTIMISERS), default=STANDARD.optimiser, show_default=True
)
@click.option("--lr", type=float, help="Learning rate (default: one that suits optimiser and batch).")
@click.option("--schedule", type=click.Choice(SCHEDULES), default=STANDARD.schedule, show_default=True)
@click.option("--l2", type=float, default=STANDARD.l2, show_default=True, help="L2 penalty on the weights.")
@click.option(
    "--dropout",
    type=float,
    default=STANDARD.dropout,
    show_default=True,
    help="Before the last layer.",
)
@click.option("--batch", type=int, default=STANDARD.batch, show_default=True, help="Images in a step.")
@click.option("--epochs", type=int, default=STANDARD.epochs, show_default=True)
@click.option("--seconds", type=float, help="End after this many seconds of training.")
@click.option("--seed", type=int, default=STANDARD.seed, show_default=True)
@click.option("--cores", type=int, help="Cores for the kit's own layers (default: all).")
@click.option(
    "--data", metavar="PATH", help="MNIST as IDX files, mnist.npz or mnist.pkl.gz (default: MNIST_DIR)."
)
@click.option("--isolation", type=click.Choice(TIERS), help="Refuse to run a submission below this tier.")
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("runs"),
    show_default=True,
    help="Folder for checkpoints, results and pictures, with a folder for each network.",
)
@click.option("--resume", is_flag=True, help="Continue from the checkpoint.")
@click.option(
    "--pictures/--no-pictures", default=True, help="Draw pictures afterwards, if matplotlib is installed."
)
@traceback_option
def train_command(
    nets: tuple[str, ...],
    text: str | None,
    layers: str,
    data: str | None,
    isolation: str | None,
    out: Path,
    resume: bool,
    pictures: bool,
    **options: Any,
) -> int:
    """Train networks on handwritten digits, with your own layers or the kit's.

    Ctrl-C keeps the checkpoint, and --resume continues from it.
    """
    wanted = [Settings(net=net, **options) for net in nets or (() if text else ("A",))]
    if text:
        wanted.append(Settings(net="own", layers=text, **options))
    for settings in wanted:
        _ = settings.network  # a network that cannot be read is an error before hours of training, not after
    session.must_be_there(layers)
    dataset = load_data(data)
    trainings: list[tuple[str, session.Trained]] = []
    with TrainingDisplay(Console(file=sys.stderr)) as display, stopping() as running:
        for settings in wanted:

            def begin(trainer: Trainer, name: str = settings.net) -> None:
                running.append(trainer)
                display.start(name, trainer)

            folder = out / settings.net
            trained = session.train(
                settings,
                layers,
                dataset,
                folder=folder,
                resume=resume,
                isolation=isolation,
                on_start=begin,
                on_step=display.step,
            )
            trainings.append((settings.net, trained))
            if trained.ended == "stopped":
                break
    console = Console()
    console.print(results_table(trainings, dataset.name))
    for name, trained in trainings:
        if reason := ENDINGS[trained.ended]:
            console.print(f"{name}: {reason}", highlight=False, soft_wrap=True)
    if pictures:
        draw(console, trainings, dataset, out)
    kept = ", ".join(str(out / name) for name, _ in trainings)
    what = "Checkpoint, result and pictures" if pictures else "Checkpoint and result"
    console.print(f"{what}: {kept}", style="dim", highlight=False, soft_wrap=True)
    return 130 if trainings[-1][1].ended == "stopped" else 0


@click.command("compare")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path), required=False)
@click.option(
    "--layers",
    default=session.STANDARD_LAYERS,
    show_default=True,
    metavar="PATH",
    help="The layers to train with, as for train.",
)
@click.option("--epochs", type=int, default=1, show_default=True, help="Epochs of each training.")
@click.option("--seconds", type=float, help="End each training after this many seconds.")
@click.option("--seed", type=int, default=STANDARD.seed, show_default=True)
@click.option("--cores", type=int, help="Cores for the kit's own layers (default: all).")
@click.option(
    "--data", metavar="PATH", help="MNIST as IDX files, mnist.npz or mnist.pkl.gz (default: MNIST_DIR)."
)
@click.option("--isolation", type=click.Choice(TIERS), help="Refuse to run a submission below this tier.")
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("runs/compare"),
    show_default=True,
    help="Folder for results and the picture; finished trainings there are not repeated.",
)
@traceback_option
def compare_command(
    file: Path | None,
    layers: str,
    epochs: int,
    seconds: float | None,
    seed: int,
    cores: int | None,
    data: str | None,
    isolation: str | None,
    out: Path,
) -> int:
    """Train a set of configurations and compare them: a table and a picture.

    FILE is a TOML file with a table [[configuration]] for each; without it a standard set varies layers,
    filters, optimiser and regularisation of network A. Ctrl-C keeps what is done; the same command continues.
    """
    base = Settings(epochs=epochs, seconds=seconds, seed=seed, cores=cores)
    configurations = sweep.read(file, base) if file else sweep.standard(base)
    dataset = load_data(data)
    with TrainingDisplay(Console(file=sys.stderr)) as display, stopping() as running:

        def train(configuration: sweep.Configuration, folder: Path, resume: bool) -> dict[str, Any]:
            def begin(trainer: Trainer) -> None:
                running.append(trainer)
                display.start(configuration.title, trainer)

            try:
                trained = session.train(
                    configuration.settings,
                    layers,
                    dataset,
                    folder=folder,
                    resume=resume,
                    isolation=isolation,
                    on_start=begin,
                    on_step=display.step,
                )
            except OtherTrainingError:
                # the checkpoint is of an earlier set with this name
                return train(configuration, folder, False)
            return trained.to_json()

        results = sweep.run(configurations, out, dataset.name, train)
    console = Console()
    console.print(comparison_table(results, dataset.name))
    try:
        pictures.require_matplotlib()
        rows = [(configuration.group, configuration.name, result) for configuration, result in results]
        written = pictures.save({"comparison": pictures.comparison(rows, dataset.name)}, out)
        console.print(f"Picture: {written[0]}", style="dim", highlight=False, soft_wrap=True)
    except GraderError as error:
        console.print(f"No picture: {error}", markup=False, highlight=False, soft_wrap=True)
    return 130 if results[-1][1]["ended"] == "stopped" else 0


def load_data(path: str | None) -> Any:
    """Return the digits, and show the progress of a download."""
    data = kit_module("data")
    console = Console(file=sys.stderr)
    named = {} if path is None else {"mnist_dir": path, "named": "--data"}
    try:
        return data.load(**named, progress=PlainProgress(console))
    except data.DataError as error:
        raise GraderError(str(error)) from error


def draw(console: Console, trainings: Sequence[tuple[str, session.Trained]], dataset: Any, out: Path) -> None:
    """Draw the pictures of trainings, or say why there are none."""
    try:
        for name, trained in trainings:
            if trained.points:
                pictures.draw_all(name, trained, dataset, out / name)
        if len(trainings) > 1:
            pictures.save({"curves": pictures.curves(trainings)}, out)
    except GraderError as error:
        console.print(f"No pictures: {error}", markup=False, highlight=False, soft_wrap=True)


@contextmanager
def stopping() -> Iterator[list[Trainer]]:
    """Let Ctrl-C end the last trainer of the list after its step; a second one ends everything."""
    running: list[Trainer] = []
    before = signal.getsignal(signal.SIGINT)

    def stop(number: int, frame: FrameType | None) -> None:  # noqa: ARG001 - what signal demands
        signal.signal(signal.SIGINT, before)
        if not running:
            raise KeyboardInterrupt
        running[-1].stop()

    signal.signal(signal.SIGINT, stop)
    try:
        yield running
    finally:
        signal.signal(signal.SIGINT, before)
