"""Bounds the requests of the library of this name, by which DVC reads remotes of the type webhdfs.

Every request is given to an adapter, also the one after a redirect and the one to an address that an answer names.
"""

import requests.adapters
from dvc_injector_bounds import bound
from urllib3.util import parse_url

send = requests.adapters.HTTPAdapter.send


def bounded_send(self, request, *args, **options):
    """Send a request that may be made."""
    url = parse_url(request.url)
    bound(url.scheme, url.host, url.port, request.headers)
    return send(self, request, *args, **options)


requests.adapters.HTTPAdapter.send = bounded_send
