"""python-telegram-bot's requests over aiohttp, which it leaves open to be chosen."""

from __future__ import annotations

from typing import Any

from aiohttp import ClientError, ClientSession, ClientTimeout, FormData, TCPConnector
from telegram.error import NetworkError, TimedOut
from telegram.request import BaseRequest, RequestData

CONNECTIONS = 64
"""Connections at once; Telegram takes some 30 messages a second from a bot, and answers in a tenth of one."""


class AiohttpRequest(BaseRequest):
    """Requests to the Bot API.

    Takes the seconds to wait for an answer, and to connect.
    """

    def __init__(self, read_timeout: float = 15.0, connect_timeout: float = 10.0) -> None:
        self._read = read_timeout
        self._connect = connect_timeout
        self._session: ClientSession | None = None

    @property
    def read_timeout(self) -> float:
        """Seconds to wait for an answer."""
        return self._read

    async def initialize(self) -> None:
        """Opens what is needed."""
        if self._session is None or self._session.closed:
            self._session = ClientSession(connector=TCPConnector(limit=CONNECTIONS), trust_env=True)

    async def shutdown(self) -> None:
        """Closes it."""
        if self._session:
            await self._session.close()

    async def do_request(
        self,
        url: str,
        method: str,
        request_data: RequestData | None = None,
        read_timeout: Any = BaseRequest.DEFAULT_NONE,
        write_timeout: Any = BaseRequest.DEFAULT_NONE,  # noqa: ARG002 - part of the interface
        connect_timeout: Any = BaseRequest.DEFAULT_NONE,
        pool_timeout: Any = BaseRequest.DEFAULT_NONE,  # noqa: ARG002 - part of the interface
    ) -> tuple[int, bytes]:
        """Makes a request; returns its status and body. Raises `TimedOut` and `NetworkError`."""
        await self.initialize()
        assert self._session  # noqa: S101 - it was just opened
        timeout = ClientTimeout(
            sock_read=_chosen(read_timeout, self._read), sock_connect=_chosen(connect_timeout, self._connect)
        )
        try:
            async with self._session.request(
                method, url, data=_form(request_data), timeout=timeout
            ) as response:
                return response.status, await response.read()
        except TimeoutError:
            raise TimedOut from None
        except ClientError as error:
            # The address holds the token, and the error's text may hold the address.
            raise NetworkError(type(error).__name__) from None


def _chosen(given: Any, usual: float) -> float | None:
    return usual if given is BaseRequest.DEFAULT_NONE else given


def _form(data: RequestData | None) -> FormData | dict[str, str] | None:
    if data is None or not data.contains_files:
        return data.json_parameters if data else None
    form = FormData(data.json_parameters)
    for name, (filename, content, kind) in (data.multipart_data or {}).items():
        form.add_field(name, content, filename=filename, content_type=kind)
    return form
