"""A headless Chromium for looking at pages: pictures, sizes, colors, focus, over its own protocol.

One browser with one fresh profile for each `open_browser`; it is ended by its process id.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json
import shutil
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp

NAMES = ("chromium", "chromium-browser", "google-chrome")
FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--remote-debugging-port=0", "--hide-scrollbars",
)  # fmt: skip
START_SECONDS_MAX = 20.0


def browser_path() -> str | None:
    """The browser of this machine, if it has one."""
    return next((found for name in NAMES if (found := shutil.which(name))), None)


class Page:
    """One tab, driven by commands of the Chrome DevTools protocol."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket
        self._id = 0
        self.console: list[str] = []

    async def command(self, method: str, **parameters: Any) -> dict[str, Any]:
        self._id += 1
        await self._socket.send_json({"id": self._id, "method": method, "params": parameters})
        while True:
            answer = json.loads((await self._socket.receive(timeout=20)).data)
            if answer.get("method") in ("Runtime.exceptionThrown", "Log.entryAdded"):
                self.console.append(json.dumps(answer["params"])[:400])
            if answer.get("id") == self._id:
                if "error" in answer:
                    raise RuntimeError(f"{method}: {answer['error']}")
                result: dict[str, Any] = answer["result"]
                return result

    async def look(self, width: int, height: int = 900, *, dark: bool = False) -> None:
        """Width, height and scheme; takes effect at once."""
        await self.command(
            "Emulation.setDeviceMetricsOverride",
            width=width, height=height, deviceScaleFactor=1, mobile=False,
        )  # fmt: skip
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        await self.command("Emulation.setEmulatedMedia", features=[scheme])

    async def visit(self, url: str, *, settle_seconds: float = 1.5) -> None:
        await self.command("Page.navigate", url=url)
        await asyncio.sleep(settle_seconds)

    async def value(self, expression: str) -> Any:
        found = await self.command("Runtime.evaluate", expression=expression, returnByValue=True)
        return found["result"].get("value")

    async def press_tab(self) -> None:
        for kind in ("keyDown", "keyUp"):
            await self.command(
                "Input.dispatchKeyEvent", type=kind, key="Tab", code="Tab",
                windowsVirtualKeyCode=9,
            )  # fmt: skip

    async def move_pointer(self, x: float, y: float) -> None:
        await self.command("Input.dispatchMouseEvent", type="mouseMoved", x=x, y=y)

    async def picture(self, path: Path, *, whole: bool = True) -> None:
        shot = await self.command(
            "Page.captureScreenshot", format="png", captureBeyondViewport=whole
        )
        path.write_bytes(base64.b64decode(shot["data"]))


@asynccontextmanager
async def open_browser() -> AsyncIterator[Page]:
    """Raises FileNotFoundError where there is no Chromium."""
    path = browser_path()
    if path is None:
        raise FileNotFoundError("no Chromium on this machine")
    profile = Path(tempfile.mkdtemp(prefix="page-check-"))
    process = await asyncio.create_subprocess_exec(
        path, *FLAGS, f"--user-data-dir={profile}", "about:blank",
        stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    try:
        port = await asyncio.wait_for(_port_of(profile), START_SECONDS_MAX)
        async with aiohttp.ClientSession() as session:
            async with session.get(f"http://127.0.0.1:{port}/json") as answer:
                tabs = [tab for tab in await answer.json() if tab["type"] == "page"]
            async with session.ws_connect(
                tabs[0]["webSocketDebuggerUrl"], max_msg_size=0
            ) as socket:
                page = Page(socket)
                for domain in ("Page", "Runtime", "Log"):
                    await page.command(f"{domain}.enable")
                yield page
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()
        shutil.rmtree(profile, ignore_errors=True)


async def _port_of(profile: Path) -> int:
    """The port that the browser chose, once it has written it down."""
    file = profile / "DevToolsActivePort"
    while not (file.exists() and file.read_text().strip()):  # noqa: ASYNC110
        await asyncio.sleep(0.1)
    return int(file.read_text().splitlines()[0])
