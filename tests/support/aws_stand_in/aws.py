"""boto3 clients of the emulator."""

from functools import cached_property
from typing import Any

import boto3
from botocore.config import Config
from botocore.model import OperationModel
from botocore.validate import ParamValidator


class Aws:
    """Clients of one emulator.

    Args:
        url: Where moto listens.
        region: Region of resources that name none.
    """

    def __init__(self, url: str, region: str = "us-east-1") -> None:
        self.url = url
        self.region = region
        self._session = boto3.Session(aws_access_key_id="stand-in", aws_secret_access_key="stand-in")
        self._clients: dict[tuple[str, str], Any] = {}

    @cached_property
    def account(self) -> str:
        """Account id that the emulator plays."""
        return str(self.client("sts", self.region).get_caller_identity()["Account"])

    def client(self, service: str, region: str | None = None) -> Any:
        """The boto3 client of a service; made once, because loading a service model is slow."""
        key = (service, region or self.region)
        if key not in self._clients:
            config = Config(retries={"total_max_attempts": 1}, s3={"addressing_style": "path"})
            self._clients[key] = self._session.client(service, key[1], endpoint_url=self.url, config=config)
        return self._clients[key]

    def validate(self, service: str, operation: OperationModel, request: dict[str, Any]) -> None:
        """Hold a request to the service model, without sending it.

        Raises:
            ValueError: What botocore says of it.
        """
        report = ParamValidator().validate(request, operation.input_shape)
        if report.has_errors():
            raise ValueError(f"{service} {operation.name}: {report.generate_report()}")
