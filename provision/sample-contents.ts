/** What the sample dataset holds: pictures small enough to look at, in the shape that real datasets of pictures have. */
import type { DatasetSpec } from './sample-dataset.ts';

const shapes = ['circle', 'cross', 'square'] as const;
const size = 16; // pixels

/** `3 × each` pictures `<shape>/<number>.pgm` and the splits `train`, `train-small`, `validation`; the same every time. */
export function sampleContents(each = 40): Pick<DatasetSpec, 'files' | 'splits'> {
  const files: Record<string, string> = {};
  for (const shape of shapes) {
    for (let number = 0; number < each; number += 1) {
      files[`${shape}/${String(number).padStart(4, '0')}.pgm`] = picture(shape, number);
    }
  }
  const paths = Object.keys(files);
  const train = paths.filter((_, index) => index % 5 !== 0);
  const splits = {
    train,
    'train-small': train.filter((_, index) => index % 4 === 0),
    validation: paths.filter((_, index) => index % 5 === 0),
  };
  return { files, splits };
}

/** A plain PGM (grey text) picture; its number decides where the shape lies, how big and how bright it is. */
function picture(shape: (typeof shapes)[number], number: number): string {
  const radius = 3 + (number % 3);
  const x = 5 + (number % 7);
  const y = 5 + (Math.floor(number / 7) % 7);
  const brightness = 255 - (Math.floor(number / 49) % 128);
  const row = (line: number) =>
    Array.from({ length: size }, (_, column) => (covers(shape, radius, column - x, line - y) ? brightness : 0)).join(
      ' ',
    );
  return `P2\n# ${shape} ${number}\n${size} ${size}\n255\n${Array.from({ length: size }, (_, line) => row(line)).join('\n')}\n`;
}

function covers(shape: (typeof shapes)[number], radius: number, dx: number, dy: number): boolean {
  if (shape === 'circle') return dx * dx + dy * dy <= radius * radius;
  if (shape === 'square') return Math.max(Math.abs(dx), Math.abs(dy)) <= radius;
  return Math.min(Math.abs(dx), Math.abs(dy)) === 0 && Math.max(Math.abs(dx), Math.abs(dy)) <= radius;
}
