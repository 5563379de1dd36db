import { layerNodes } from './node-layers';

describe('layerNodes', () => {
  it('puts each node to the right of all that lead to it', () => {
    const placed = layerNodes(
      ['a', 'b', 'c', 'd'],
      [
        { source: 'a', target: 'b' },
        { source: 'b', target: 'c' },
        { source: 'a', target: 'c' },
      ]
    );
    expect(placed.map(({ id, column, row }) => [id, column, row])).toEqual([
      ['a', 0, 0],
      ['b', 1, 0],
      ['c', 2, 0],
      ['d', 0, 1],
    ]);
  });

  it('ends on cycles, self-loops and edges to nowhere', () => {
    const placed = layerNodes(
      ['a', 'b'],
      [
        { source: 'a', target: 'b' },
        { source: 'b', target: 'a' },
        { source: 'a', target: 'a' },
        { source: 'a', target: 'gone' },
      ]
    );
    expect(placed).toHaveLength(2);
  });
});
