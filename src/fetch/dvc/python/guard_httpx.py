"""Bounds the requests of httpx, by which DVC reads remotes of the types webdav and webdavs.

Every request is given to a transport, also the one after a redirect.
"""

import httpx
from dvc_injector_bounds import bound

handle_request = httpx.HTTPTransport.handle_request


def bounded_handle_request(self, request):
    """Send a request that may be made."""
    bound(request.url.scheme, request.url.host, request.url.port, request.headers)
    return handle_request(self, request)


httpx.HTTPTransport.handle_request = bounded_handle_request
