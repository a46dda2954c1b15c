import { describe, expect, it } from 'vitest';
import { debianArchives, parseAptSources } from './apt-sources.mjs';

const keyRing = '/usr/share/keyrings/debian-archive-keyring.gpg';

function source(uri, suite, signedBy = keyRing) {
  return { uri, suites: [suite], components: ['main'], signedBy };
}

describe('the package sources of a machine', () => {
  it('package sources in the one-line format are read', () => {
    const text = [
      '# deb http://commented.example/debian bookworm main',
      'deb http://mirror.example/debian bookworm main contrib # ours',
      'deb [arch=amd64 signed-by=/etc/key.gpg] https://other.example/apt stable free',
      'deb-src http://mirror.example/debian bookworm main',
    ].join('\n');
    expect(parseAptSources('sources.list', text)).toEqual([
      {
        uri: 'http://mirror.example/debian',
        suites: ['bookworm'],
        components: ['main', 'contrib'],
        signedBy: keyRing,
      },
      {
        uri: 'https://other.example/apt',
        suites: ['stable'],
        components: ['free'],
        signedBy: '/etc/key.gpg',
      },
    ]);
  });

  it('package sources in the deb822 format are read, with comments, continued lines and embedded keys', () => {
    const text = [
      'Types: deb deb-src',
      '# http://snapshot.example/',
      'URIs: http://mirror.example/debian',
      'Suites: bookworm',
      ' bookworm-updates',
      'Components: main',
      'Signed-By:',
      ' -----BEGIN PGP PUBLIC KEY BLOCK-----',
      '',
      'Enabled: no',
      'Types: deb',
      'URIs: http://off.example/debian',
      'Suites: bookworm',
      'Components: main',
    ].join('\n');
    expect(parseAptSources('debian.sources', text)).toEqual([
      {
        uri: 'http://mirror.example/debian',
        suites: ['bookworm', 'bookworm-updates'],
        components: ['main'],
        signedBy: keyRing,
      },
    ]);
  });

  it('source files that apt ignores are not read', () => {
    expect(parseAptSources('old.list.disabled', 'deb http://mirror.example/debian bookworm main')).toEqual(
      [],
    );
  });

  it("mirrors of Debian's main archive are distinguished from other archives, whatever their host is called", () => {
    const archives = debianArchives(
      [
        source('http://mirror.example/debian', 'bookworm'),
        source('http://mirror.example/debian', 'bookworm-updates'),
        source('http://proxy.example/deb-remote/', 'bookworm'),
        source('http://mirror.example/debian-security', 'bookworm-security'),
        source('https://vendor.example/apt', 'bookworm', '/etc/vendor.gpg'),
      ],
      'bookworm',
    );
    expect(archives.map(({ uri }) => uri)).toEqual([
      'http://mirror.example/debian',
      'http://proxy.example/deb-remote/',
    ]);
  });
});
