// Random numbers that come out of the seed.

/**
 * xoshiro128** (Blackman and Vigna, 2018), seeded by splitmix32.
 * @param {number} seed
 */
export function chance(seed) {
  let grain = seed >>> 0
  const split = () => {
    grain = (grain + 0x9e3779b9) >>> 0
    let mixed = grain ^ (grain >>> 16)
    mixed = Math.imul(mixed, 0x21f0aaad)
    mixed ^= mixed >>> 15
    mixed = Math.imul(mixed, 0x735a2d97)
    return (mixed ^ (mixed >>> 15)) >>> 0
  }
  const state = [split(), split(), split(), split()]
  const turned = (value, by) => (value << by) | (value >>> (32 - by))
  return () => {
    const result = Math.imul(turned(Math.imul(state[1], 5), 7), 9) >>> 0
    const shifted = state[1] << 9
    state[2] ^= state[0]
    state[3] ^= state[1]
    state[1] ^= state[2]
    state[0] ^= state[3]
    state[2] ^= shifted
    state[3] = turned(state[3], 11)
    return result
  }
}
