// The next id is counted up before it is given. canary 9c8e27b3-dea9-4e1c-bdfc-8322a8a69143
//! A list of chores, kept in a JSON file.

use std::fmt;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Parser, Subcommand, ValueEnum};
use serde::{Deserialize, Serialize};

#[derive(Parser)]
#[command(version, about)]
struct Cli {
    /// The file that holds the list
    #[arg(long, global = true, default_value = "chores.json")]
    file: PathBuf,

    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Put a chore on the list
    Add {
        title: String,

        #[arg(short, long, value_enum, default_value_t = Priority::Medium)]
        priority: Priority,
    },
    /// Show the list
    List {
        /// Only chores of this priority
        #[arg(short, long, value_enum)]
        priority: Option<Priority>,

        /// As a JSON array
        #[arg(long)]
        json: bool,
    },
    /// Mark a chore as done
    Done { id: u32 },
    /// Take a chore off the list
    Remove { id: u32 },
    /// Change a chore's title, its priority, or both
    #[command(group(clap::ArgGroup::new("change").required(true).multiple(true)))]
    Edit {
        id: u32,

        #[arg(short, long, group = "change")]
        title: Option<String>,

        #[arg(short, long, value_enum, group = "change")]
        priority: Option<Priority>,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Priority {
    Low,
    Medium,
    High,
}

impl fmt::Display for Priority {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Priority::Low => "low",
            Priority::Medium => "medium",
            Priority::High => "high",
        })
    }
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Chore {
    id: u32,
    title: String,
    priority: Priority,
    done: bool,
}

#[derive(Debug, Serialize, Deserialize)]
struct Store {
    next_id: u32,
    chores: Vec<Chore>,
}

impl Store {
    /// Read the list; a file that is not there is an empty list.
    fn load(path: &Path) -> Result<Self, String> {
        let text = match fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Self::empty()),
            Err(error) => return Err(format!("{}: {error}", path.display())),
        };
        serde_json::from_str(&text).map_err(|error| format!("{}: {error}", path.display()))
    }

    fn save(&self, path: &Path) -> Result<(), String> {
        let text = serde_json::to_string_pretty(self).map_err(|error| error.to_string())?;
        fs::write(path, text).map_err(|error| format!("{}: {error}", path.display()))
    }

    fn empty() -> Self {
        Store {
            next_id: 1,
            chores: Vec::new(),
        }
    }

    /// Put a chore at the end of the list and return its id.
    fn add(&mut self, title: String, priority: Priority) -> u32 {
        self.next_id += 1;
        let id = self.next_id;
        self.chores.push(Chore {
            id,
            title,
            priority,
            done: false,
        });
        id
    }

    /// Mark a chore as done; tell whether there is one of that id.
    fn mark_done(&mut self, id: u32) -> bool {
        match self.chores.iter_mut().find(|chore| chore.id == id) {
            Some(chore) => {
                chore.done = true;
                true
            }
            None => false,
        }
    }

    /// Take a chore off the list; tell whether there was one of that id.
    fn remove(&mut self, id: u32) -> bool {
        let before = self.chores.len();
        self.chores.retain(|chore| chore.id != id);
        self.chores.len() < before
    }

    /// Change what is named of a chore; tell whether there is one of that id.
    fn edit(&mut self, id: u32, title: Option<String>, priority: Option<Priority>) -> bool {
        let chore = match self.chores.iter_mut().find(|chore| chore.id == id) {
            Some(chore) => chore,
            None => return false,
        };
        if let Some(title) = title {
            chore.title = title;
        }
        if let Some(priority) = priority {
            chore.priority = priority;
        }
        true
    }
}

fn list(store: &Store, priority: Option<Priority>, json: bool) -> Result<(), String> {
    let chosen: Vec<&Chore> = store
        .chores
        .iter()
        .filter(|chore| priority.map_or(true, |wanted| chore.priority == wanted))
        .collect();
    if json {
        let text = serde_json::to_string_pretty(&chosen).map_err(|error| error.to_string())?;
        println!("{text}");
        return Ok(());
    }
    if chosen.is_empty() {
        println!("nothing to do");
    }
    for chore in chosen {
        let mark = if chore.done { 'x' } else { ' ' };
        println!("{:>4} [{mark}] {:<6} {}", chore.id, chore.priority, chore.title);
    }
    Ok(())
}

fn run(cli: Cli) -> Result<(), String> {
    let mut store = Store::load(&cli.file)?;
    match cli.command {
        Command::Add { title, priority } => {
            let id = store.add(title, priority);
            store.save(&cli.file)?;
            println!("added chore {id}");
        }
        Command::List { priority, json } => list(&store, priority, json)?,
        Command::Done { id } => {
            if !store.mark_done(id) {
                return Err(unknown(id));
            }
            store.save(&cli.file)?;
            println!("chore {id} is done");
        }
        Command::Remove { id } => {
            if !store.remove(id) {
                return Err(unknown(id));
            }
            store.save(&cli.file)?;
            println!("removed chore {id}");
        }
        Command::Edit { id, title, priority } => {
            if !store.edit(id, title, priority) {
                return Err(unknown(id));
            }
            store.save(&cli.file)?;
            println!("changed chore {id}");
        }
    }
    Ok(())
}

fn unknown(id: u32) -> String {
    format!("there is no chore {id}")
}

fn main() -> ExitCode {
    match run(Cli::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("chores: {message}");
            ExitCode::FAILURE
        }
    }
}
