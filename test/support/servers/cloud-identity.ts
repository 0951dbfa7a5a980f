/**
 * Test doubles of the two services that give a pod cloud credentials: STS for IRSA, and the agent of EKS Pod Identity.
 * A cloud's own IAM can't be had in a test; what they hand out opens a real S3 server.
 */
import { createServer, type RequestListener } from 'node:http';
import { text } from 'node:stream/consumers';
import { listenOnLoopback } from './loopback.ts';

/** What is handed out. */
export interface Keys {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken: string;
}

export interface IdentityService extends AsyncDisposable {
  url: string;
  /** What each request asked with: STS's form, or the Authorization header. */
  asked: readonly string[];
}

const expiration = '2099-01-01T00:00:00Z';

/** STS as IRSA asks it: AssumeRoleWithWebIdentity, which gives keys for exactly this role and token. */
export function startSts(role: string, token: string, keys: Keys): Promise<IdentityService> {
  return start((asked) => async (request, response) => {
    const form = new URLSearchParams(await text(request));
    asked.push(form.toString());
    const right = form.get('RoleArn') === role && form.get('WebIdentityToken') === token;
    response.writeHead(right ? 200 : 400, { 'content-type': 'text/xml' });
    if (form.get('Action') !== 'AssumeRoleWithWebIdentity' || !right) {
      const error = '<Error><Type>Sender</Type><Code>InvalidIdentityToken</Code><Message>No.</Message></Error>';
      response.end(`<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">${error}</ErrorResponse>`);
      return;
    }
    response.end(
      `<AssumeRoleWithWebIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
        <AssumeRoleWithWebIdentityResult>
          <Credentials>
            <AccessKeyId>${keys.accessKeyId}</AccessKeyId>
            <SecretAccessKey>${keys.secretAccessKey}</SecretAccessKey>
            <SessionToken>${keys.sessionToken}</SessionToken>
            <Expiration>${expiration}</Expiration>
          </Credentials>
          <AssumedRoleUser><Arn>${role}/session</Arn><AssumedRoleId>ARO:session</AssumedRoleId></AssumedRoleUser>
        </AssumeRoleWithWebIdentityResult>
      </AssumeRoleWithWebIdentityResponse>`,
    );
  });
}

/** The agent on the node: keys for whoever sends the pod's token. */
export function startPodIdentityAgent(token: string, keys: Keys): Promise<IdentityService> {
  return start((asked) => (request, response) => {
    asked.push(request.headers.authorization ?? '');
    const right = request.headers.authorization === token;
    response.writeHead(right ? 200 : 401, { 'content-type': 'application/json' });
    const { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: Token } = keys;
    const body = { AccessKeyId, SecretAccessKey, Token, AccountId: '123456789012', Expiration: expiration };
    response.end(JSON.stringify(right ? body : { message: 'no' }));
  });
}

async function start(listen: (asked: string[]) => RequestListener): Promise<IdentityService> {
  const asked: string[] = [];
  const server = createServer(listen(asked));
  const port = await listenOnLoopback(server);
  return {
    url: `http://127.0.0.1:${port}`,
    asked,
    async [Symbol.asyncDispose]() {
      server.close();
      server.closeAllConnections();
    },
  };
}
