/** The configuration file: its defaults, and that every mistake is refused by the path of its key. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { defaultConfig, InvalidConfig, loadConfig, parseConfig } from '../../../src/config/load.ts';
import { version } from '../../../src/version.ts';

describe('the defaults', () => {
  it('are those that the documentation promises', () => {
    const { fetcher, storage, repositories, mesh, webhook } = defaultConfig();
    assert.equal(fetcher.image, `ghcr.io/dvc-injector/dvc-injector-fetcher:${version}`);
    assert.deepStrictEqual([fetcher.cpu, fetcher.memory, fetcher.scratch], ['1', '1Gi', '10Gi']);
    assert.deepStrictEqual([fetcher.runAsUser, fetcher.runAsGroup, fetcher.waitTimeout], [65532, 65532, '6h']);
    assert.deepStrictEqual([fetcher.pullSecrets, fetcher.env, fetcher.caBundle], [[], {}, undefined]);
    assert.deepStrictEqual(storage, {
      claimName: 'data-sharing-pvc',
      className: '',
      size: '10Gi',
      accessModes: ['ReadWriteMany'],
    });
    assert.deepStrictEqual(repositories, { aliases: {}, allowed: ['**'], schemes: ['https', 'ssh'], remotes: [] });
    assert.deepStrictEqual(mesh.proxies, ['istio-proxy', 'linkerd-proxy', 'consul-dataplane', 'kuma-sidecar']);
    assert.deepStrictEqual([webhook.port, webhook.metricsPort, webhook.tls], [8443, 9090, { mode: 'self-signed' }]);
  });

  for (const text of [
    '',
    '\n',
    '# only a comment\n',
    '---\n',
    '{}',
    'null',
    'fetcher: {}\nstorage: {}\n',
    '\uFEFF{}',
  ]) {
    it(`are what ${JSON.stringify(text)} means`, () => assert.deepStrictEqual(parseConfig(text), defaultConfig()));
  }

  it('stay where only one key of a section is written', () => {
    const config = parseConfig('storage: {claimName: team-data}');
    assert.deepStrictEqual(config.storage, { ...defaultConfig().storage, claimName: 'team-data' });
  });

  it('give way to null, which lets the user be inherited', () => {
    const { fetcher } = parseConfig('fetcher: {runAsUser: null, runAsGroup: ~}');
    assert.deepStrictEqual([fetcher.runAsUser, fetcher.runAsGroup], [null, null]);
  });
});

describe('what people write', () => {
  it('may be numbers where Kubernetes takes quantities', () => {
    const { fetcher } = parseConfig('fetcher: {cpu: 2, memory: 1073741824}');
    assert.deepStrictEqual([fetcher.cpu, fetcher.memory], ['2', '1073741824']);
  });

  it('may use anchors', () => {
    const { fetcher } = parseConfig('fetcher: {cpu: &one 1, maxCpu: *one}');
    assert.deepStrictEqual([fetcher.cpu, fetcher.maxCpu], ['1', '1']);
  });

  it('may give each namespace a folder or access point, and all of them one volume where that is said', () => {
    const own = parseConfig(
      'storage: {static: {namespaces: {a: "fs-01234567:/a", b: "fs-01234567:/b", c: "efs:fs-01234567::fsap-01234567"}}}',
    ).storage.static;
    assert.deepStrictEqual([own?.shared, own?.mountOptions, own?.volumeHandle], [false, [], undefined]);
    const shared = parseConfig(
      'storage: {static: {volumeHandle: fs-01234567, namespaces: {a: fs-01234567}, shared: true}}',
    );
    assert.equal(shared.storage.static?.volumeHandle, 'fs-01234567');
  });

  it('may list the servers of remotes as origins of every kind, or as hosts', () => {
    const endpoints = [
      'https://minio.example.com:9000',
      'http://minio:9000/',
      'ssh://files.example.com',
      'webdavs://dav.example.com',
      'files.example.com:22',
      'minio',
      '[fd00::1]:9000',
    ];
    assert.deepStrictEqual(parseConfig(JSON.stringify({ remotes: { endpoints } })).remotes.endpoints, endpoints);
  });

  it('may pin the one volume of class ""', () => {
    assert.equal(parseConfig('storage: {volumeName: pv-1}').storage.volumeName, 'pv-1');
  });

  it('may name certificates of its own', () => {
    const { tls } = parseConfig('webhook: {tls: {mode: provided, certFile: /c, keyFile: /k}}').webhook;
    assert.deepStrictEqual(tls, { mode: 'provided', certFile: '/c', keyFile: '/k' });
    const clients = { mode: 'self-signed', clientCA: '/ca', clientNames: ['kube-apiserver'] };
    const read = parseConfig(JSON.stringify({ webhook: { tls: clients } })).webhook.tls;
    assert.deepStrictEqual(read, clients);
  });
});

describe('a mistake names its key', () => {
  for (const [text, path] of [
    ['fecther: {}', 'fecther'],
    ['fetcher: {cpus: 1}', 'fetcher.cpus'],
    ['storage: {static: {}}', 'storage.static'],
    ['webhook: {tls: {mode: self-signed, certFile: /c}}', 'webhook.tls.certFile'],
    ['fetcher: {caBundle: {configMap: ca, file: x}}', 'fetcher.caBundle.file'],
    ['__proto__: {}', '__proto__'],
    ['constructor: {}', 'constructor'],
    ['fetcher: {__proto__: {}}', 'fetcher.__proto__'],
    ['fetcher: [1]', 'fetcher'],
    ['fetcher:', 'fetcher'],
    ['fetcher: x', 'fetcher'],
    ['fetcher: {image: ""}', 'fetcher.image'],
    ['fetcher: {image: 1}', 'fetcher.image'],
    ['fetcher: {pullPolicy: Sometimes}', 'fetcher.pullPolicy'],
    ['fetcher: {pullSecrets: registry}', 'fetcher.pullSecrets'],
    ['fetcher: {pullSecrets: [ok, Not_OK]}', 'fetcher.pullSecrets.1'],
    ['fetcher: {cpu: lots}', 'fetcher.cpu'],
    ['fetcher: {cpu: 0}', 'fetcher.cpu'],
    ['fetcher: {cpu: -1}', 'fetcher.cpu'],
    ['fetcher: {cpu: " 1"}', 'fetcher.cpu'],
    ['fetcher: {cpu: []}', 'fetcher.cpu'],
    ['fetcher: {cpu: null}', 'fetcher.cpu'],
    ['fetcher: {memory: .inf}', 'fetcher.memory'],
    ['fetcher: {memory: 1GiB}', 'fetcher.memory'],
    ['fetcher: {scratch: .nan}', 'fetcher.scratch'],
    ['fetcher: {maxScratch: big}', 'fetcher.maxScratch'],
    ['fetcher: {cpu: 9}', 'fetcher.cpu'],
    ['fetcher: {maxMemory: 512Mi}', 'fetcher.memory'],
    ['fetcher: {runAsUser: 0}', 'fetcher.runAsUser'],
    ['fetcher: {runAsUser: "1000"}', 'fetcher.runAsUser'],
    ['fetcher: {runAsUser: 1.5}', 'fetcher.runAsUser'],
    ['fetcher: {runAsGroup: 4294967296}', 'fetcher.runAsGroup'],
    ['fetcher: {env: [A=1]}', 'fetcher.env'],
    ['fetcher: {env: {A: 1}}', 'fetcher.env.A'],
    ['fetcher: {env: {1A: x}}', 'fetcher.env.1A'],
    ['fetcher: {caBundle: {}}', 'fetcher.caBundle.configMap'],
    ['fetcher: {caBundle: {configMap: ca, key: a/b}}', 'fetcher.caBundle.key'],
    ['fetcher: {waitTimeout: 6}', 'fetcher.waitTimeout'],
    ['fetcher: {waitTimeout: 0s}', 'fetcher.waitTimeout'],
    ['fetcher: {waitTimeout: soon}', 'fetcher.waitTimeout'],
    ['repositories: {aliases: [a]}', 'repositories.aliases'],
    ['repositories: {aliases: {a: ""}}', 'repositories.aliases.a'],
    ['repositories: {aliases: {a: https://user:secret@git.example.com/x}}', 'repositories.aliases.a'],
    ['repositories: {aliases: {a: http://git.example.com/x}}', 'repositories.aliases.a'],
    ['repositories: {aliases: {-a: x}}', 'repositories.aliases.-a'],
    ['repositories: {aliases: {a/b: x}}', 'repositories.aliases.a/b'],
    ['repositories: {allowed: "**"}', 'repositories.allowed'],
    ['repositories: {schemes: []}', 'repositories.schemes'],
    ['repositories: {schemes: [git]}', 'repositories.schemes.0'],
    ['repositories: {remotes: {"**": s3://a}}', 'repositories.remotes'],
    ['repositories: {remotes: [{url: s3://abc}]}', 'repositories.remotes.0.repository'],
    ['repositories: {remotes: [{repository: "**"}]}', 'repositories.remotes.0.url'],
    ['repositories: {remotes: [{repository: "**", url: /mnt/nas}]}', 'repositories.remotes.0.url'],
    ['repositories: {remotes: [{repository: "**", url: gdrive://root}]}', 'repositories.remotes.0.url'],
    ['repositories: {remotes: [{repository: "**", url: "https://me:pw@host/x"}]}', 'repositories.remotes.0.url'],
    ['repositories: {remotes: [{repository: "**", url: "https://host/x?sig=y"}]}', 'repositories.remotes.0.url'],
    ['repositories: {remotes: [{repository: "**", url: "s3://abc/$(X)"}]}', 'repositories.remotes.0.url'],
    ['repositories: {remotes: [{repository: "**", url: s3://abc, region: "a b"}]}', 'repositories.remotes.0.region'],
    ['repositories: {remotes: [{repository: "**", url: gs://abc, region: eu}]}', 'repositories.remotes.0.region'],
    [
      'repositories: {remotes: [{repository: "**", url: s3://abc, endpoint: minio}]}',
      'repositories.remotes.0.endpoint',
    ],
    [
      'repositories: {remotes: [{repository: "**", url: ssh://h/x, endpoint: "https://m"}]}',
      'repositories.remotes.0.endpoint',
    ],
    ['remotes: {endpoints: {a: b}}', 'remotes.endpoints'],
    ['remotes: {endpoints: [not a host]}', 'remotes.endpoints.0'],
    ['remotes: {endpoints: ["https://minio.example.com/bucket"]}', 'remotes.endpoints.0'],
    ['remotes: {endpoints: ["s3://bucket"]}', 'remotes.endpoints.0'],
    ['remotes: {endpoints: ["https://a.example.com,https://b.example.com"]}', 'remotes.endpoints.0'],
    ['storage: {claimName: Data}', 'storage.claimName'],
    ['storage: {accessModes: [RWX]}', 'storage.accessModes.0'],
    ['storage: {accessModes: []}', 'storage.accessModes'],
    ['storage: {accessModes: [ReadWriteOncePod]}', 'storage.accessModes.0'],
    ['storage: {accessModes: [ReadOnlyMany]}', 'storage.accessModes'],
    ['storage: {className: efs, volumeName: pv-1}', 'storage.volumeName'],
    ['storage: {className: efs, static: {namespaces: {a: fs-01234567}}}', 'storage.static'],
    ['storage: {volumeName: pv-1, static: {namespaces: {a: fs-01234567}}}', 'storage.static'],
    ['storage: {static: {handle: fs-01234567}}', 'storage.static.handle'],
    ['storage: {static: {volumeHandle: fs-01234567}}', 'storage.static.volumeHandle'],
    ['storage: {static: {volumeHandle: fs-1, shared: true}}', 'storage.static.volumeHandle'],
    ['storage: {static: {volumeHandle: "fs-01234567:/a/", shared: true}}', 'storage.static.volumeHandle'],
    ['storage: {static: {namespaces: {A: fs-01234567}}}', 'storage.static.namespaces.A'],
    ['storage: {static: {namespaces: {a: fs-01234567, b: fs-01234567}}}', 'storage.static.namespaces.b'],
    ['storage: {static: {namespaces: {a: fs-01234567, b: "efs:fs-01234567:/b"}}}', 'storage.static.namespaces.b'],
    ['storage: {static: {namespaces: {a: fs-01234567}, mountOptions: [tls iam]}}', 'storage.static.mountOptions.0'],
    [
      'storage: {static: {namespaces: {a: fs-01234567}, mountOptions: [accesspoint=fsap-01234567]}}',
      'storage.static.mountOptions.0',
    ],
    [
      'storage: {static: {namespaces: {a: fs-01234567}, mountOptions: ["noresvport,accesspoint=fsap-01234567"]}}',
      'storage.static.mountOptions.0',
    ],
    ['storage: {size: ""}', 'storage.size'],
    ['mesh: {proxies: [Istio]}', 'mesh.proxies.0'],
    ['webhook: {port: "8443"}', 'webhook.port'],
    ['webhook: {port: 65536}', 'webhook.port'],
    ['webhook: {metricsPort: -1}', 'webhook.metricsPort'],
    ['webhook: {port: 9090}', 'webhook.metricsPort'],
    ['webhook: {tls: {mode: magic}}', 'webhook.tls.mode'],
    ['webhook: {tls: {mode: provided}}', 'webhook.tls.certFile'],
    ['webhook: {tls: {mode: self-signed, clientNames: [a]}}', 'webhook.tls.clientNames'],
    ['webhook: {tls: {mode: self-signed, clientCA: /ca, clientNames: []}}', 'webhook.tls.clientNames'],
    ['webhook: {tls: {mode: self-signed, clientCA: ""}}', 'webhook.tls.clientCA'],
  ] as const) {
    it(text, () => {
      const message = mistake(text);
      assert.ok(message.startsWith(`${path}: `) || message.startsWith(`${path} is not a key`), message);
      assert.doesNotMatch(message, /Invalid input$|Invalid key/, 'it does not say what is wrong');
    });
  }

  it('one by one where there are several', () => {
    assert.match(
      mistake('fetcher: {cpu: x, memory: y}\nstorage: {a: 1, b: 2}'),
      /fetcher\.cpu.*fetcher\.memory.*storage\.a.*storage\.b/,
    );
  });

  it('in one line, though a key holds a line break', () => {
    assert.equal(mistake('"a\\nb": 1'), '"a\\nb" is not a key of the configuration');
  });
});

describe('a file that is no configuration', () => {
  for (const text of [
    '- a',
    'just text',
    '42',
    'fetcher: {',
    'a: b: c',
    '\t- x',
    'a: 1\n---\nb: 2',
    'a: 1\na: 2',
    'x: *nowhere',
    '"\\q"',
  ]) {
    it(`is refused in one line: ${JSON.stringify(text)}`, () => assert.doesNotMatch(mistake(text), /\n/));
  }

  it('is refused where its aliases would multiply to fill the memory', () => {
    const rows = ['a: &a [x,x,x,x,x,x,x,x,x,x]'];
    for (const [row, before] of ['ba', 'cb', 'dc', 'ed', 'fe', 'gf', 'hg', 'ih'].map((pair) => [...pair])) {
      rows.push(`${row}: &${row} [${Array(10).fill(`*${before}`).join(',')}]`);
    }
    assert.match(mistake(rows.join('\n')), /alias/i);
  });

  it('is refused where it is nested too deeply', () => {
    assert.notEqual(mistake('['.repeat(100_000)), '');
    assert.notEqual(mistake(`${'{"a":'.repeat(50_000)}1${'}'.repeat(50_000)}`), '');
  });

  it('of whatever text is refused as InvalidConfig and nothing else', () => {
    const piece = fc.constantFrom(
      'fetcher',
      'storage',
      ':',
      ' ',
      '\n',
      '{',
      '}',
      '[',
      ']',
      '&a',
      '*a',
      '- ',
      '|',
      '"',
      "'",
      '!',
      '#',
      '%',
      '? ',
      '<<',
      'cpu',
      '1',
      '\t',
      '~',
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.array(piece).map((all) => all.join('')),
          fc.string({ unit: 'binary' }),
        ),
        (text) => {
          try {
            parseConfig(text);
          } catch (error) {
            assert.ok(error instanceof InvalidConfig, `${error}`);
          }
        },
      ),
      { numRuns: 1000 },
    );
  });

  it('of whatever JSON is refused as InvalidConfig and nothing else', () => {
    const section = fc.dictionary(
      fc.constantFrom('cpu', 'env', 'tls', 'schemes', 'aliases', 'port', 'size'),
      fc.jsonValue(),
    );
    const file = fc.dictionary(
      fc.constantFrom('fetcher', 'repositories', 'storage', 'mesh', 'webhook', 'x'),
      fc.oneof(section, fc.jsonValue()),
    );
    fc.assert(
      fc.property(file, (value) => {
        try {
          parseConfig(JSON.stringify(value));
        } catch (error) {
          assert.ok(error instanceof InvalidConfig, `${error}`);
        }
      }),
      { numRuns: 1000 },
    );
  });
});

describe('a configuration file', () => {
  it('that is not there is named', () => {
    assert.throws(() => loadConfig('/nowhere/config.yaml'), {
      name: 'InvalidConfig',
      message: /\/nowhere\/config\.yaml.*ENOENT/,
    });
  });

  it('is read, and named where it has a mistake', () => {
    const folder = mkdtempSync(join(tmpdir(), 'config-'));
    try {
      const file = join(folder, 'config.yaml');
      writeFileSync(file, 'webhook: {port: 9443}');
      assert.equal(loadConfig(file).webhook.port, 9443);
      writeFileSync(file, 'webhook: {prot: 9443}');
      assert.throws(() => loadConfig(file), {
        name: 'InvalidConfig',
        message: `the configuration file ${file}: webhook.prot is not a key of the configuration`,
      });
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

function mistake(text: string): string {
  try {
    parseConfig(text);
  } catch (error) {
    assert.ok(error instanceof InvalidConfig, `${error}`);
    return error.message;
  }
  assert.fail('it was accepted');
}
