"""Keeps DVC's clients of object stores at the endpoint that was allowed.

aiohttp, which they use, follows any redirect, and at another host it leaves out `Authorization` but repeats S3's
session token (`x-amz-security-token`). An object store needs no such redirects: a bucket of another region is found by
botocore, from the error's own words.
"""

import aiohttp

request = aiohttp.ClientSession._request


async def request_without_redirects(self, *args, **options):
    """Make a request, and let a redirect be its answer."""
    options["allow_redirects"] = False
    return await request(self, *args, **options)


aiohttp.ClientSession._request = request_without_redirects
