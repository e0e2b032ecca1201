using System.Runtime.CompilerServices;

// The layers are tested one by one; nobody else builds on them.
[assembly: InternalsVisibleTo("SaeDashboard.MusicGen.Tests")]
