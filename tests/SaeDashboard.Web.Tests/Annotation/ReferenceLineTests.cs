using SaeDashboard.Storage;
using SaeDashboard.Web.Annotation;

namespace SaeDashboard.Web.Tests.Annotation;

/// <summary>Practice and gold items as lines: what is picked can be typed, and the other way round.</summary>
public sealed class ReferenceLineTests
{
    [Fact]
    public void Items_that_were_picked_are_the_same_as_lines()
    {
        ReferenceItem[] items = [new(1337, AnnotationVerdict.Accept, [], "All of its clips\nhave taiko drums."), new(7, AnnotationVerdict.Uninterpretable, [])];
        var lines = ReferenceLines.Write(items);
        Assert.Equal("1337 accept All of its clips have taiko drums.\n7 uninterpretable", lines);
        var read = ReferenceLines.Read(lines, "practice", 2048);
        Assert.Equal(items.Select(item => (item.Feature, item.Verdict, item.Why?.Replace('\n', ' '))), read.Select(item => (item.Feature, item.Verdict, item.Why)));
        Assert.Equal(lines, ReferenceLines.Write(read));
    }
}
