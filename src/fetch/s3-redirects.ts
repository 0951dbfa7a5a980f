/**
 * Keeps DVC's S3 client at the endpoint that was allowed. aiohttp, which it uses, follows any redirect, and at another
 * host it leaves out `Authorization` but repeats the session token (`x-amz-security-token`). S3 itself needs no such
 * redirects: a bucket of another region is found by botocore, from the error's own words.
 */

/** Python imports a module of this name at its start. */
export const noS3Redirects = `import aiohttp

request = aiohttp.ClientSession._request


async def request_without_redirects(self, *args, **options):
    options["allow_redirects"] = False
    return await request(self, *args, **options)


aiohttp.ClientSession._request = request_without_redirects
`;
