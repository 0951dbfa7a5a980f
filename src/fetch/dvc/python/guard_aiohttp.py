"""Bounds the requests of aiohttp, by which DVC reads remotes of the types http and https.

Every request asks a connector for its connection, also the one after a redirect.
"""

import aiohttp
from dvc_injector_bounds import bound

connect = aiohttp.BaseConnector.connect


async def bounded_connect(self, request, *args, **options):
    """Connect for a request that may be made."""
    bound(request.url.scheme, request.url.host, request.url.port, request.headers)
    return await connect(self, request, *args, **options)


aiohttp.BaseConnector.connect = bounded_connect
