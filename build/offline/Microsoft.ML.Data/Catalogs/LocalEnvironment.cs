using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

internal sealed class LocalEnvironment : HostEnvironmentBase
{
    public LocalEnvironment(int? seed = null)
        : base(seed)
    {
    }
}
