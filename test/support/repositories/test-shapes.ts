/** Turns a table of shapes into tests: each is asked of DVC and of us. */
import { after, before, test } from 'node:test';
import { assertShape, openWorkshop, type Workshop } from './compare.ts';
import type { Shape } from './shape.ts';

/** Registers a test for each shape, with the DVCs and repositories that they share. */
export function testShapes(shapes: readonly Shape[]): void {
  let workshop: Workshop;
  before(async () => {
    workshop = await openWorkshop();
  });
  after(() => workshop?.[Symbol.asyncDispose]());
  for (const shape of shapes) {
    const what = 'files' in shape.expectation ? 'is fetched as by DVC' : `is refused by ${shape.expectation.exitCode}`;
    test(`${shape.name}: ${what} (${shape.dataDir})`, () => assertShape(workshop, shape));
  }
}
