namespace SaeDashboard.MusicGen.Tests; public class Placeholder { [Fact] public void Runs() => Assert.True(Environment.ProcessorCount > 0); }
