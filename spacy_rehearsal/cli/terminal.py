"""All that commands print. What stands in data never reaches the terminal as a command
to it."""

from typing import Any, Collection, Dict, Union

from wasabi import Printer

from ..errors import make_visible


class VisiblePrinter(Printer):
    """A printer that shows control characters. `good`, `fail`, `warn` and `info` print
    with its method `text`."""

    def text(self, title: Any = "", text: Any = "", *args: Any, **kwargs: Any) -> Any:
        return super().text(show(title), show(text), *args, **kwargs)

    def divider(self, text: str = "", *args: Any, **kwargs: Any) -> Any:
        return super().divider(make_visible(text), *args, **kwargs)

    def table(self, data: Union[Collection, Dict], **kwargs: Any) -> Any:
        rows = data.items() if isinstance(data, dict) else data
        return super().table([[*map(show, row)] for row in rows], **kwargs)


msg = VisiblePrinter()


def show(value: Any) -> str:
    return make_visible(str(value))


def print_text(text: str = "", *, end: str = "\n") -> None:
    """Print text as it is, but for control characters."""
    print(make_visible(text), end=end)
