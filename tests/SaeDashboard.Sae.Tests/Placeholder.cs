namespace SaeDashboard.Sae.Tests; public class Placeholder { [Fact] public void Runs() => Assert.True(Environment.ProcessorCount > 0); }
