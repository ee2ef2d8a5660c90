"""A mail server on a real local socket: takes everything, or answers RCPT with a code it was told."""

import asyncio
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Self


@dataclass
class MailServer:
    """`refuses`: recipient → the line it is refused with ("550 no such mailbox"). `mails`: what was taken."""

    refuses: dict[str, str] = field(default_factory=dict)
    mails: list[EmailMessage] = field(default_factory=list)
    _server: asyncio.Server | None = None

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._talk, "127.0.0.1", 0)
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.close()

    def address(self, to: str) -> str:
        """The apprise address of a mailbox here."""
        assert self._server is not None
        port = self._server.sockets[0].getsockname()[1]
        return f"mailto://anbu@127.0.0.1:{port}/?from=anbu@example.kr&to={to}&mode=insecure"

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 ready\r\n")
        while line := (await reader.readline()).decode().strip():
            verb, _, rest = line.partition(" ")
            match verb.upper():
                case "RCPT":
                    to = rest.partition("<")[2].partition(">")[0]
                    answer = self.refuses.get(to, "250 ok")
                case "DATA":
                    writer.write(b"354 go on\r\n")
                    mail = await reader.readuntil(b"\r\n.\r\n")
                    self.mails.append(message_from_bytes(mail[:-3], policy=policy.default))
                    answer = "250 taken"
                case "QUIT":
                    break
                case _:
                    answer = "250 ok"
            writer.write(f"{answer}\r\n".encode())
        writer.close()
