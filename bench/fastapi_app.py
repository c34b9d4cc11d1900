"""What Slipway is compared with: the same model behind FastAPI, with the same JSON in and out.

Written as fast as it goes without leaving the usual: no validation by pydantic, no thread pool, one ONNX Runtime
thread a worker. Started by `uvicorn --factory bench.fastapi_app:create`, with the release in `BENCH_RELEASE`.
"""

import os
from pathlib import Path
from typing import Any

import numpy as np
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse

from bench.in_process import open_session
from serving.datatypes import NUMPY_TYPES
from serving.release import load

RELEASE_VARIABLE = "BENCH_RELEASE"


def create() -> FastAPI:
    """Make the application of one worker."""
    release = load(Path(os.environ[RELEASE_VARIABLE]))
    session = open_session(release, threads=1)
    datatypes = {tensor.name: tensor.datatype for tensor in release.manifest.outputs}
    app = FastAPI()

    @app.post(f"/v2/models/{release.manifest.name}/infer")
    async def infer(request: Request) -> JSONResponse:
        inputs = {
            tensor["name"]: np.array(tensor["data"], NUMPY_TYPES[tensor["datatype"]]).reshape(tensor["shape"])
            for tensor in (await request.json())["inputs"]
        }
        outputs: list[dict[str, Any]] = [
            {"name": name, "datatype": datatype, "shape": array.shape, "data": array.ravel().tolist()}
            for (name, datatype), array in zip(datatypes.items(), session.run(list(datatypes), inputs), strict=True)
        ]
        return JSONResponse({"model_name": release.manifest.name, "model_version": "1", "outputs": outputs})

    return app
