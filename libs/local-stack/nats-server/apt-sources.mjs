/**
 * A package source of a machine; `signedBy` is the file of its key ring.
 *
 * @typedef {{ uri: string, suites: string[], components: string[], signedBy: string }} AptSource
 */

const DEBIAN_KEY_RING = '/usr/share/keyrings/debian-archive-keyring.gpg';

/** Parses apt's one-line (`.list`) and deb822 (`.sources`) files; returns nothing for other files. */
export function parseAptSources(fileName, text) {
  if (fileName.endsWith('.list')) return text.split('\n').flatMap(parseLine);
  if (fileName.endsWith('.sources')) return text.split(/\n\s*\n/).flatMap(parseStanza);
  return [];
}

/** Returns the sources that mirror Debian's main archive and so also have its testing suite. */
export function debianArchives(sources, codename) {
  const archives = sources.filter(
    ({ uri, suites, components, signedBy }) =>
      components.includes('main') &&
      !/security|debug|backports/.test(`${uri} ${suites.join(' ')}`) &&
      (/\/debian\/?$/.test(uri) || (signedBy.includes('debian-archive') && suites.includes(codename ?? ''))),
  );
  return [...new Map(archives.map((archive) => [archive.uri, archive])).values()];
}

function parseLine(line) {
  const match = /^\s*deb\s+(?:\[([^\]]*)\]\s+)?(\S+)\s+(\S+)\s+([^#]*)/.exec(line);
  if (!match) return [];
  const [, options = '', uri = '', suite = '', components = ''] = match;
  const signedBy = keyRing(/signed-by=(\S+)/i.exec(options)?.[1]);
  return [{ uri, suites: [suite], components: words(components), signedBy }];
}

function parseStanza(stanza) {
  const lines = stanza.split('\n').filter((line) => !line.startsWith('#'));
  const fields = new Map();
  let name = '';
  for (const line of lines) {
    const [, key, value] = /^([\w-]+):\s*(.*)$/.exec(line) ?? [];
    if (key !== undefined) name = key.toLowerCase();
    fields.set(name, `${fields.get(name) ?? ''} ${value ?? line}`.trim());
  }
  if (!words(fields.get('types')).includes('deb') || fields.get('enabled') === 'no') return [];
  const [suites, components] = [words(fields.get('suites')), words(fields.get('components'))];
  const signedBy = keyRing(fields.get('signed-by'));
  return words(fields.get('uris')).map((uri) => ({ uri, suites, components, signedBy }));
}

/** Returns the key ring of a source; Debian's own if the source contains the key itself. */
function keyRing(signedBy) {
  const [path = ''] = words(signedBy);
  return path.startsWith('/') ? path : DEBIAN_KEY_RING;
}

function words(text = '') {
  return text.split(/\s+/).filter(Boolean);
}
