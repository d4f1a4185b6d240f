use crate::config::words::words;

words! {
    /// What must hold at the moment a step is applied, on values that were read after the step became ready. Each says why.
    Guard {
        /// The credentials belong to the workload's account.
        Identity = "identity",
        /// The credentials live longer than the run is expected to take.
        CredentialsLast = "credentials.last",
        /// Two kinds of evidence, while the target answers.
        SourceImpaired = "source.impaired",
        /// The source answers, writes and is well.
        SourceWell = "source.well",
        /// Its writes have been stopped, by proof or acknowledged as owed.
        SourceFenced = "source.fenced",
        TargetAnswers = "target.answers",
        TargetPromotable = "database.target.promotable",
        /// The target database is the source's replica or secondary.
        TargetFollows = "database.target.follows",
        /// Loss is within the objective; what has no bound needs an override.
        LossBounded = "database.loss.bounded",
        /// The source's last write is at the target, by marker or by lag.
        CaughtUp = "database.caught-up",
        TargetWritable = "database.target.writable",
        /// A write through the target's application has been read back.
        WriteProven = "target.write.proven",
        /// Both sites never write at once, nor does anybody write to a database that was put aside.
        NotSplit = "database.not-split",
        /// Nothing else is failing over.
        AutomationQuiet = "automation.quiet",
        /// Tasks, bounds and healthy targets suffice for the load.
        CapacityReady = "target.capacity",
        /// The image is in the target's region.
        ImagePresent = "target.image",
        SecretWritable = "secret.target.writable",
        /// The control plane that the step depends on answers.
        ControlPlane = "control-plane",
        ObjectsReplicated = "objects.replicated",
        /// Something can be restored in the target's region, and how old it is.
        RestorePoint = "restore.point",
        /// What is about to be given up is in an available manual snapshot.
        Saved = "database.saved",
        /// Lifecycle rules and replication the wrong way are held.
        BucketQuiet = "bucket.quiet",
    }
}
