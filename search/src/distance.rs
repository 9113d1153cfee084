//! How many typos lie between two words.

/// Letters left out, added, changed, or swapped with their neighbour (the optimal string alignment distance: no letter
/// is touched twice), as the automata that search the index count them. At most 255.
pub fn typos_between(one: &str, other: &str) -> u8 {
    let one: Vec<char> = one.chars().collect();
    let other: Vec<char> = other.chars().collect();
    let first_row: Vec<usize> = (0..=other.len()).collect();
    let mut above = first_row.clone();
    let mut two_above = first_row;
    for (row, &a) in one.iter().enumerate() {
        let mut current = vec![row + 1; other.len() + 1];
        for (column, &b) in other.iter().enumerate() {
            let changed = above[column] + usize::from(a != b);
            current[column + 1] = changed.min(above[column + 1] + 1).min(current[column] + 1);
            let swapped = row > 0 && column > 0 && a == other[column - 1] && one[row - 1] == b;
            if swapped {
                current[column + 1] = current[column + 1].min(two_above[column - 1] + 1);
            }
        }
        two_above = std::mem::replace(&mut above, current);
    }
    u8::try_from(above[other.len()]).unwrap_or(u8::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_swap_is_one_typo() {
        for (one, other, typos) in [
            ("wars", "wars", 0),
            ("wras", "wars", 1),
            ("alein", "alien", 1),
            ("alein", "aliens", 2),
            ("godfahter", "godfather", 1),
            ("", "up", 2),
            ("amélie", "amelie", 1),
            ("ca", "abc", 3),
        ] {
            assert_eq!(typos_between(one, other), typos, "{one} {other}");
            assert_eq!(typos_between(other, one), typos, "{other} {one}");
        }
    }
}
