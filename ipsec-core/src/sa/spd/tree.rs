//! A decision tree over the parts of policies: each step halves the packets
//! that are still possible at a bound of some part, until few parts are left.
//!
//! What no packet of a leaf can reach, because an earlier part takes in all of
//! them, is not kept there.

use super::region::{DIMENSIONS, Point, Region};
use alloc::vec::Vec;

/// The parts of all policies, told apart by decisions.
#[derive(Clone, Debug)]
pub(super) struct Tree {
    /// Parts in order, with the place of their policy.
    parts: Vec<(usize, Region)>,
    nodes: Vec<Node>,
    /// Indexes of parts, a run for each leaf.
    leaves: Vec<u32>,
    v4: usize,
    v6: usize,
}

#[derive(Clone, Copy, Debug)]
enum Node {
    /// Below `at` in one dimension, or not.
    Choice {
        dimension: usize,
        at: u128,
        below: usize,
        above: usize,
    },
    /// These parts, in order.
    Leaf { start: usize, end: usize },
}

impl Tree {
    pub(super) fn new(parts: Vec<(usize, Region)>) -> Self {
        let mut tree = Self {
            parts,
            nodes: Vec::new(),
            leaves: Vec::new(),
            v4: 0,
            v6: 0,
        };
        tree.v4 = tree.grow(true);
        tree.v6 = tree.grow(false);
        tree
    }

    /// The place of the first policy that fits.
    pub(super) fn first(&self, point: &Point) -> Option<usize> {
        let mut at = if point.v4 { self.v4 } else { self.v6 };
        loop {
            match *self.nodes.get(at)? {
                Node::Choice {
                    dimension,
                    at: bound,
                    below,
                    above,
                } => {
                    let here = point.at.get(dimension)?;
                    at = if *here < bound { below } else { above };
                }
                Node::Leaf { start, end } => {
                    let leaf = self.leaves.get(start..end)?.iter();
                    let mut parts = leaf.filter_map(|part| self.part(*part));
                    let (policy, _) = parts.find(|(_, region)| region.contains(point))?;
                    return Some(*policy);
                }
            }
        }
    }

    fn part(&self, index: u32) -> Option<&(usize, Region)> {
        self.parts.get(usize::try_from(index).ok()?)
    }

    /// Makes the tree of one family and returns its root. Without recursion:
    /// what is to be done stands in a list.
    fn grow(&mut self, v4: bool) -> usize {
        let root = self.nodes.len();
        self.nodes.push(Node::Leaf { start: 0, end: 0 });
        let all = (0_u32..).zip(&self.parts);
        let all = all.filter(|(_, (_, region))| region.v4 == v4);
        let all: Vec<u32> = all.map(|(index, _)| index).collect();
        let budget = all.len().saturating_mul(COPIES_MAX);
        let mut spent = 0_usize;
        let mut open = Vec::from([(root, Region::all(v4), all)]);
        while let Some((node, space, parts)) = open.pop() {
            let parts = self.reachable(&space, parts);
            let cut = (parts.len() > LEAF && spent <= budget)
                .then(|| self.cut(&space, &parts))
                .flatten();
            let Some((dimension, at)) = cut else {
                self.leaf(node, &parts);
                continue;
            };
            let (low, high) = halves(&space, dimension, at);
            let first = self.nodes.len();
            for half in [low, high] {
                let inside = self.touching(&half, &parts);
                spent = spent.saturating_add(inside.len());
                open.push((self.nodes.len(), half, inside));
                self.nodes.push(Node::Leaf { start: 0, end: 0 });
            }
            if let Some(place) = self.nodes.get_mut(node) {
                *place = Node::Choice {
                    dimension,
                    at,
                    below: first,
                    above: first.saturating_add(1),
                };
            }
            spent = spent.saturating_sub(parts.len());
        }
        root
    }

    fn leaf(&mut self, node: usize, parts: &[u32]) {
        let start = self.leaves.len();
        self.leaves.extend(parts);
        let end = self.leaves.len();
        if let Some(place) = self.nodes.get_mut(node) {
            *place = Node::Leaf { start, end };
        }
    }

    /// The parts up to the first that takes in all of `space`.
    fn reachable(&self, space: &Region, mut parts: Vec<u32>) -> Vec<u32> {
        let covering = |part: &u32| {
            self.part(*part)
                .is_some_and(|(_, region)| region.covers(space))
        };
        if let Some(last) = parts.iter().position(covering) {
            parts.truncate(last.saturating_add(1));
        }
        parts
    }

    fn touching(&self, space: &Region, parts: &[u32]) -> Vec<u32> {
        let touches = |part: &&u32| {
            self.part(**part)
                .is_some_and(|(_, region)| touch(region, space))
        };
        parts.iter().filter(touches).copied().collect()
    }

    /// Where to cut `space` so that the larger half has the fewest parts:
    /// at the middle one of the bounds in each dimension. `None` where no cut
    /// leaves out enough.
    fn cut(&self, space: &Region, parts: &[u32]) -> Option<(usize, u128)> {
        let mut best: Option<(usize, usize, u128)> = None;
        for dimension in 0..DIMENSIONS {
            let Some(at) = self.middle(space, parts, dimension) else {
                continue;
            };
            let (mut below, mut above) = (0_usize, 0_usize);
            for (_, region) in parts.iter().filter_map(|part| self.part(*part)) {
                let low = region.low.get(dimension)?;
                let high = region.high.get(dimension)?;
                below = below.saturating_add(usize::from(*low < at));
                above = above.saturating_add(usize::from(*high >= at));
            }
            let most = below.max(above);
            if best.is_none_or(|(fewest, ..)| most < fewest) {
                best = Some((most, dimension, at));
            }
        }
        let (most, dimension, at) = best?;
        (most < parts.len()).then_some((dimension, at))
    }

    /// The middle one of the places within `space` where a part begins, or is
    /// over.
    fn middle(&self, space: &Region, parts: &[u32], dimension: usize) -> Option<u128> {
        let (low, high) = (space.low.get(dimension)?, space.high.get(dimension)?);
        let mut bounds = Vec::new();
        for (_, region) in parts.iter().filter_map(|part| self.part(*part)) {
            let begins = region.low.get(dimension).copied();
            let over = region
                .high
                .get(dimension)
                .and_then(|end| end.checked_add(1));
            let both = [begins, over].into_iter().flatten();
            bounds.extend(both.filter(|at| low < at && at <= high));
        }
        let middle = bounds.len() / 2;
        if bounds.is_empty() {
            return None;
        }
        Some(*bounds.select_nth_unstable(middle).1)
    }
}

fn halves(space: &Region, dimension: usize, at: u128) -> (Region, Region) {
    let (mut low, mut high) = (*space, *space);
    if let Some(end) = low.high.get_mut(dimension) {
        *end = at.saturating_sub(1);
    }
    if let Some(start) = high.low.get_mut(dimension) {
        *start = at;
    }
    (low, high)
}

fn touch(one: &Region, other: &Region) -> bool {
    let mut below = one.low.iter().zip(&other.high);
    let mut above = other.low.iter().zip(&one.high);
    below.all(|(low, high)| low <= high) && above.all(|(low, high)| low <= high)
}

/// Parts of a leaf that are not told apart further.
const LEAF: usize = 8;

/// How often a part may stand in leaves, on average: many parts that lie
/// across each other are then looked at one by one.
const COPIES_MAX: usize = 16;
