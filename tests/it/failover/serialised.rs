//! A runbook made slow on purpose: each step waits for the one before it.

/// The step that comes last of those that must come before `BEFORE`: tasks whose health check looks at the database never get well before it.
const MOVED: &str = "id = \"scale\"";
const BEFORE: &str = "id = \"redeploy\"";

/// The same steps one after the other, as they are written down; but for the tasks, which are started once they can get well.
pub(crate) fn serialised(runbook: &str) -> String {
    let mut blocks = runbook.split("[[step]]\n");
    let head = blocks.next().unwrap_or_default().to_owned();
    let mut blocks: Vec<&str> = blocks.collect();
    let at = |blocks: &[&str], id: &str| blocks.iter().position(|block| block.contains(id)).unwrap();
    let moved = blocks.remove(at(&blocks, MOVED));
    blocks.insert(at(&blocks, BEFORE), moved);
    let mut before: Option<&str> = None;
    let mut text = head;
    for block in blocks {
        text.push_str("[[step]]\n");
        for line in block.lines().filter(|line| !line.starts_with("needs = ")) {
            text.push_str(line);
            text.push('\n');
            if let Some(id) = line.strip_prefix("id = ")
                && let Some(before) = before.replace(id)
            {
                text.push_str(&format!("needs = [{before}]\n"));
            }
        }
    }
    text
}
