/// The known word that was most likely meant, if any is near enough to be worth saying.
#[must_use]
pub fn nearest<'k>(given: &str, known: impl IntoIterator<Item = &'k str>) -> Option<&'k str> {
    // A longer word than any known one cannot be near, and must not cost time.
    let given: String = given.chars().take(80).flat_map(char::to_lowercase).collect();
    let allowed = (given.chars().count() / 3).max(1);
    known
        .into_iter()
        .map(|word| (distance(&given, word), word))
        .filter(|(distance, _)| *distance <= allowed)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, word)| word)
}

/// What to say after an unknown word: the one that was meant, or all that there are.
#[must_use]
pub fn suggestion<'k>(given: &str, known: impl IntoIterator<Item = &'k str> + Clone) -> Option<String> {
    if let Some(word) = nearest(given, known.clone()) {
        return Some(format!("did you mean “{word}”?"));
    }
    let all: Vec<_> = known.into_iter().collect();
    (!all.is_empty()).then(|| format!("known here: {}", all.join(", ")))
}

/// Insertions, deletions, replacements and swaps of neighbours between two words.
fn distance(from: &str, to: &str) -> usize {
    let (from, to): (Vec<char>, Vec<char>) = (from.chars().collect(), to.chars().collect());
    let mut before = vec![0; to.len() + 1];
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (i, a) in from.iter().enumerate() {
        let mut next = Vec::with_capacity(row.len());
        next.push(i + 1);
        for (j, b) in to.iter().enumerate() {
            let mut least = (row[j] + usize::from(a != b)).min(row[j + 1] + 1).min(next[j] + 1);
            if i > 0 && j > 0 && *a == to[j - 1] && from[i - 1] == *b {
                least = least.min(before[j - 1] + 1);
            }
            next.push(least);
        }
        before = std::mem::replace(&mut row, next);
    }
    row.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_of_the_hand_are_recognised_and_strangers_are_not() {
        let known = ["primary", "standby", "control", "tasks"];
        assert_eq!(nearest("primray", known), Some("primary"));
        assert_eq!(nearest("standbye", known), Some("standby"));
        assert_eq!(nearest("task", known), Some("tasks"));
        assert_eq!(nearest("zone", known), None);
        assert_eq!(suggestion("zone", ["a", "b"]).as_deref(), Some("known here: a, b"));
        assert_eq!(suggestion("zone", []), None);
    }

    #[test]
    fn swapped_neighbours_are_one_slip() {
        assert_eq!(distance("ab", "ba"), 1);
        assert_eq!(distance("", "abc"), 3);
        assert_eq!(distance("kitten", "sitting"), 3);
    }
}
